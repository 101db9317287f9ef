"""Publication of figures: disclosure control and snapshots.

- disclosure: which cells of a table are hidden, so that none can be worked out
- figures: reported questions of a measure, and the counts of their answers
- prepare: preparation of the figures that may be published, and of those for the staff
- snapshot_content: the figures and statistics that may be public
- snapshot_store: publish and withdraw snapshots, and find the current ones
- totals: sums of what is said of the indicators, of each axis and of the plan, where they are safe
- views: figures of a round, their preview, publication and withdrawal
"""
