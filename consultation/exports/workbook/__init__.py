"""Export workbook: its columns, statistics and sheets, and the writer of its file.

- sheets/: sheets of the export workbook, one module each
- columns: columns of respondents and of their answers
- contents: the names of its sheets, short and complete
- counts: counts of responses and texts, reconciled with the sheets
- frames: columns of values, for some hundred responses at a time
- instrument: questionnaires of a round as dataclasses, loaded in four queries
- statistics: its tallies, and the columns made from them
- variables: the columns of a sheet as the codebook describes them
- writer: the sheets in order, one file, its manifest
"""
