"""Publication of figures: disclosure control and snapshots.

- disclosure: which cells of a table are hidden, so that none can be worked out
- figures: reported questions of a measure, and its tallies as cells of disclosure
- prepare: the figures to publish, and those that the staff sees
- snapshot_content: the figures and statistics that may be public
- snapshot_store: publish and withdraw snapshots, and find the current ones
- views: figures of a round, their preview, publication and withdrawal
"""
