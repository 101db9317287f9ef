"""Export workbook: what it holds and how it is written.

- sheets/: Sheets of the export workbook, one module each
- columns: columns of respondents and of their answers
- counts: reconciliation counts
- frames: batched column reads
- instrument: its questionnaires as dataclasses, loaded in four queries
- statistics: its tallies, and the columns made from them
- variables: the columns of a sheet as the codebook describes them
- writer: the sheets in order, one file, its manifest
"""
