"""Translators: what organisers wrote and what it lacks, the sheet for a translator, its return.

- importer: the sheet of a translator as it comes back, compared with the texts, stored
- places: where texts stand, and a translation stored there
- sheet: the sheet for a translator, its columns and its rows
- shipped: translations that ship, of texts that stand as they shipped
- texts: the texts of organisers, in each language, and which translations are stale
- views: the page of a language, its list, its sheet and the import of the sheet
"""
