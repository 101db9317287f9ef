"""Public report on the plan: editions whose numbers are references, frozen and recomputed.

- build: of a report as a document
- changes: figures that differ from one report to the next
- check: what a published number would be today
- content: frozen content of an edition, as plain JSON
- editions: edition in preparation, its publication
- figures: every number that a report may cite, with its facts
- labels: texts of figures, in the language in force
- models: tables
- quotations: texts of respondents that an edition quotes
- references: citations of numbers in a text
- verification: of a file that the site made of a report
- views: public pages of reports and of their figures
"""
