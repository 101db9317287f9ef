"""Pages of a report: what its cover, its axes and its measures say.

- counts: measures and indicators counted, from the frozen content
- parts: a report narrowed to an axis or a measure, and the places of its figures
- sentences: what the counts come to, in words
"""
