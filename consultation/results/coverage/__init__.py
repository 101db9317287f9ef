"""Coverage: who has been heard and who has not.

- board: coverage board; responses per day
- gaps: groups that would fill a gap; French sentences of the board
- views: coverage pages only
"""
