"""Clusters: similar texts, decided on together.

- actions: bulk decision, split, merge, undo
- clustering: assigns texts to clusters; worker task of clustering
- queries: cluster statistics for page and workbook; cluster queries
- similarity: text normalisation and similarity keys
- views: cluster pages
"""
