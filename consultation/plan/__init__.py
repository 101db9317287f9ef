"""Plan: axes, measures and indicators, and how they are edited.

- statuses/: assessments of how far each measure has come
- workbook/: the plan as a file, read and written
- apply: turns a draft of the plan into rows, for imports and edits on screen
- changes: what an import or an edit changes, and its French description
- drafts: a plan as plain values, and pure edits of it
- forms: forms of an axis, a measure, an indicator, under the rules of the plan file
- import_views: downloads, and the import with its preview
- indicator_views: staff pages of an indicator
- measure_views: staff pages of a measure
- models: plan, axis, measure, indicator, version, status tables
- queries: measures, indicators and versions, in force or retired; search
- seed: the themes that come with the product
- staff_views: overview, axes, and the confirmation of an edit
- views: public pages of the plan
"""
