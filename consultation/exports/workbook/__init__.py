"""Export workbook: what it holds and how it is written.

- sheets/: Sheets of the export workbook, one module each
- columns: answer columns; respondent columns
- counts: reconciliation counts
- frames: batched column reads
- instrument: questionnaire content of a round as dataclasses; loads the round's questionnaires
- statistics: tallies of a workbook; statistic columns
- variables: column helpers; Variable, Sheet
- writer: sheets in order; writes a workbook with manifest
"""
