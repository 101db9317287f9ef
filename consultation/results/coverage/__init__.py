"""Coverage: who has been heard and who has not.

- board: responses by measure, by side and by day
- gaps: measures and groups not heard yet, and who could be asked
- views: coverage pages only
"""
