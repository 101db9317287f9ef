"""Publication: from the outline to the frozen forms of a round.

- build: builds a questionnaire's rows from the outline; unsaved instrument of a measure
- publish: publishes forms of a round
- review: how many forms a change touches; publication preview and publish
- views: preview pages; publication pages
"""
