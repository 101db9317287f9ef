"""Rights: a respondent's copy, withdrawal and erasure.

- erasure: erasure of a respondent, with hooks
- export: value objects of a respondent's data export; reads a respondent's data
- export_formats: data export as JSON; data export in words
- export_pdf: data export as PDF/UA
- views: data export pages; withdrawal and erasure pages
- withdrawal: confirmation mail of withdrawal and erasure; withdrawal
"""
