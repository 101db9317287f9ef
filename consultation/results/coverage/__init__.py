"""Coverage: which groups have responded, on which measures.

- board: responses by measure, by side and by day
- gaps: measures and groups without responses, contacts who could fill them
- views: coverage pages
"""
