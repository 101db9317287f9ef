"""Clusters: similar texts, decided on together.

- actions: bulk decision, split, merge, undo
- clustering: assignment of similar texts to one cluster, as a task of the worker
- forms: one verdict for all texts, and the cluster to merge
- queries: lists, pages and statistics
- similarity: text normalisation and similarity keys
- views: pages of clusters
"""
