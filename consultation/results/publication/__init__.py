"""Publication of figures: disclosure control and snapshots.

- disclosure: which cells of a table are hidden, so that none can be worked out
- figures: its questions, and tallies as cells to disclose or not
- prepare: what would be published, and what the staff sees before
- snapshot_content: the figures and statistics that may be public
- snapshot_store: publish and withdraw
- views: publication pages of results
"""
