"""Sheets of the export workbook, one module each.

- campaigns: sheet « Campagnes »
- codebook: sheet « Dictionnaire »
- contributions: sheet « Contributions »
- coverage: sheet « Couverture »
- crosstabs: sheet « Tableaux croisés »
- disagreements: sheet « Désaccords »
- indicators: sheet « Indicateurs », with its charts
- journal: sheet « Journal », and the counts behind it
- opinions: sheet « Avis »
- readme: sheet « Lisez-moi », and why another sheet is empty
- revisions: sheet « Révisions »
- summary: sheet « Synthèse »
- texts: sheet « Textes »
"""
