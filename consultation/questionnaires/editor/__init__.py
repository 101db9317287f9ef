"""Editor: the staff pages on which organisers compose the outline.

- blueprint: blueprint, the outline that the pages edit, addresses of its parts
- forms: forms of a question and of a section
- labels: French labels of the editor
- question_views: question pages, with the question as a respondent sees it
- section_views: section pages
- views: the outline, its order, discarded changes, removals
"""
