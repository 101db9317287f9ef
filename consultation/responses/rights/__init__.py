"""Rights: a respondent's copy, withdrawal and erasure.

- attachments: files of a copy that a respondent downloads
- erasure: erasure of what identifies a respondent, with hooks
- export: everything that a respondent gave, as values
- export_formats: JSON, and the text of a page or a PDF
- export_pdf: data export as PDF/UA
- trial_erasure: job that erases what was sent in a trial
- views: copy, withdrawal, erasure
- withdrawal: withdrawal of a response, with the mail that confirms it or an erasure
"""
