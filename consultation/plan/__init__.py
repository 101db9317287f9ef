"""Plan: axes, measures and indicators, and how they are edited.

- indicators/: pages of all indicators, and of one
- measurement/: typed values of an indicator, and remarks on its wording
- overview/: where the plan stands, in public
- search/: search for measures by stems of words, with synonyms
- statuses/: status assessments: how far each measure has come
- values/: observed values, and what they say of the targets
- workbook/: the plan as a file, read and written
- apply: application of a draft of the plan to its rows
- changes: changes of an import or an edit, described in French
- choice_views: public pages on which people choose measures
- drafts: a plan as plain values, edited before anything is stored
- forms: forms of an axis, a measure, an indicator, under the rules of the plan file
- import_views: upload, preview and confirmation of a plan file; downloads
- measure_views: staff pages of a measure
- models: plan tables
- queries: measures, indicators and versions, in force or retired
- seed: the themes that come with the product
- staff_views: overview, axes, and the confirmation of an edit
- tags: themes and professions that organisers give to measures
- text_diff: differences between two texts, word by word
- views: public pages of the plan
"""
