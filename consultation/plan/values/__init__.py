"""Observed values of indicators: reported over time, and what they say of the targets.

- disclosure: small values that others of the same moment give away
- forms: forms of a value, of publication, of a word in place of the rule's
- import_views: upload, preview and confirmation of a file of values
- importer: diff and apply of a file of values
- lists: indicators by their values, as one list
- models: tables
- moments: moments on forms
- overrides: a person's word in place of the rule's
- progress: how far an indicator is, in words, by stated rules
- publication: what is public of values, after a second look
- publication_views: staff pages of publication
- record: values stored, superseded, taken back; their series
- texts: how a form or a file says a value
- views: staff pages of values
- workbook: writes the file of values
"""
