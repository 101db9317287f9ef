"""Clusters: similar texts, decided on together.

- actions: bulk decision, split, merge, undo
- clustering: assignment of similar texts to one cluster, as a task of the worker
- forms: one verdict for all texts, merge with another cluster
- queries: queries of lists, pages and statistics
- similarity: normalised tokens, and keys that near-duplicates share
- views: pages of clusters
"""
