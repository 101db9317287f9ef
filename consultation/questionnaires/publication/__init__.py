"""Publication: from the outline to the frozen forms of a round.

- build: rows or unsaved instruments, from the outline
- publish: publishes forms of a round
- review: what publishing would change, and publishing it
- views: preview, review, publish
"""
