"""Privacy: the inventory of personal data and the documents made from it.

- inventory: personal data by column: why it is kept, how long, who sees it
- records: records of processing: register, impact assessment, as drafts
- views: staff page of the records of processing, and the same as a PDF
"""
