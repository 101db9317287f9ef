"""Publication: from the outline to the published forms of a round.

- build: forms built from the outline, as rows or as unsaved instruments
- publish: publication of the forms of a round
- review: review of what publishing would change
- views: preview, review and publication pages
"""
