"""Sheets of the export workbook, one module each.

- campaigns: sheet « Campagnes »
- codebook: sheet « Dictionnaire »
- contributions: sheet « Contributions »
- coverage: sheet « Couverture »
- crosstabs: sheet « Tableaux croisés »
- disagreements: sheet « Désaccords »
- indicators: charts; sheet « Indicateurs »
- journal: counts behind the sheet « Journal »; sheet « Journal »
- opinions: sheet « Avis »
- readme: why a sheet is empty; sheet « Lisez-moi »
- revisions: sheet « Révisions »
- summary: sheet « Synthèse »
- texts: sheet « Textes »
"""
