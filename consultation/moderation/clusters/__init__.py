"""Clusters: similar texts, decided on together.

- actions: bulk decision, split, merge, undo
- clustering: assigns similar texts to one cluster, as a task of the worker
- queries: lists, pages and statistics
- similarity: text normalisation and similarity keys
- views: cluster pages
"""
