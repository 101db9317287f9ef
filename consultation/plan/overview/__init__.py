"""Overview of the plan in public: how each measure is judged, and what its indicators are worth.

- judgements: latest judgements side by side, disagreements, and how they changed over time
- labels: public words of judgements
- lines: a line for each measure, narrowed down
- views: public pages of the overview
"""
