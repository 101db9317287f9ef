"""Plan: axes, measures and indicators, and how they are edited.

- statuses/: how far each measure has come, by several assessors
- workbook/: the plan as a file, read and written
- apply: a draft of the plan becomes rows, for imports and for edits on screen
- changes: diff of a plan, in French
- drafts: a plan as values, before anything is stored, and edits of it
- forms: typed fields of a measure, under the rules of the file's columns
- import_views: downloads, and the import with its preview
- indicator_views: staff pages of an indicator
- measure_views: staff pages of a measure
- models: plan, axis, measure, indicator, version, status tables
- queries: measures, indicators and versions, in force or retired; search
- seed: loads the plan that comes with the product
- staff_views: the overview, and the step that shows what an edit changes
- views: public pages of the plan
"""
