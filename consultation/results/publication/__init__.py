"""Publication of figures: disclosure control and snapshots.

- disclosure: statistical disclosure control; its lines and grids
- figures: tallies to disclosure cells; questions of a measure with labels
- prepare: count of mail contributions; unpublished figures for staff; what would be published
- snapshot_content: content of a snapshot; statistics allowed in a snapshot
- snapshot_store: publish and withdraw
- views: filter options; staff publication pages
"""
