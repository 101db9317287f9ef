"""Sheets of the export workbook, one module each.

- check: sheet « Contrôle »
- codebook: sheet « Dictionnaire »
- contributions: sheet « Contributions »
- coverage: sheet « Couverture »
- crosstabs: sheet « Tableaux croisés »
- dashboard: sheets « Tableau de bord », with its charts, and « Axes »
- decisions: sheets « Décisions » and « Éditions »
- disagreements: sheet « Désaccords »
- indicators: sheet « Indicateurs », with its charts
- journal: sheet « Journal »: outcomes of responses, texts and passages
- opinions: sheet « Avis »
- progress: sheets « Valeurs » and « Jugements »
- readme: sheet « Lisez-moi »
- revisions: sheet « Révisions »
- similar_texts: sheet « Textes semblables »
- summary: sheet « Synthèse »
- texts: sheet « Textes »
"""
