"""Overview of the plan in public: how each measure is judged, and what its indicators are worth.

- backlog: what the team has still to judge, and to ask for
- backlog_views: staff page of that
- charts: charts of an indicator's values, beside its targets and over time
- chips: filters that a visitor chose, each with the address without it
- evaluation: whether the team evaluates the plan
- judgements: latest judgements side by side, disagreements, and how they changed over time
- labels: public words of judgements, values and progress
- lines: a line for each measure, narrowed down
- open_data: JSON and CSV files
- preview_image: preview image that other sites display beside a link
- sentences: sentences made from the figures, of the plan and of a measure
- value_texts: texts of public values as pages show them
- views: public pages and files
"""
