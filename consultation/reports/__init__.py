"""Public report on the plan: editions whose numbers are references, frozen and recomputed.

- archive: figures as data
- build: of a report as a document
- comparison: figures that differ from what is known now, or from the report before
- content: frozen content of an edition, as plain JSON
- ddi: DDI codebook of those data
- editions: edition in preparation, its publication
- figures: every number that a report may cite, with its facts
- files: files of published reports for the public
- forms: form of the report in preparation
- labels: texts of figures, in the language in force
- models: tables
- pages/: what covers, axes and measures say, in words and counts
- printed/: files of a report: summary, overviews, figures in an annex
- quotations: texts of respondents and institutions, as far as they are public now
- references: citations of numbers in a text
- staff_views: staff pages: texts, figures to cite, quotations, preview
- verification/: of a file that the site made of a report
- views: public pages of reports, of their axes, measures and figures
- writing/: figures picked by number, numbers without a source, texts to reread
"""
