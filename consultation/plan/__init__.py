"""Plan: axes, measures and indicators, and how they are edited.

- statuses/: how far each measure has come, by several assessors
- workbook/: the plan as a file, read and written
- apply: applies a PlanDraft to the tables (also for edits on screen); upserts measures and
  indicators from a draft
- changes: diff of a plan, in French
- drafts: PlanDraft value objects; pure edits of a PlanDraft
- forms: typed fields of a measure to a draft; form fields under the rules of the file columns
- import_views: download of plan and template; upload, preview, confirm a plan file
- indicator_views: staff pages of an indicator
- measure_views: staff pages of a measure
- models: plan, axis, measure, indicator, version, status tables
- queries: retired measures and indicators; queries of the plan in force (only one of them
  searches); versions of an indicator with what changed
- seed: loads the plan that comes with the product
- staff_views: shared step: show what an edit changes, then apply; staff overview of the plan
- views: public pages of the plan
"""
