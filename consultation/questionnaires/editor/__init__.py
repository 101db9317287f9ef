"""Editor: the staff pages on which organisers compose the outline.

- forms: forms of a question and of a section
- labels: French labels of the editor
- page_context: blueprint, working outline and links that the pages share
- question_views: question pages, with the question as a respondent sees it
- section_views: section pages
- outline_views: the outline, its order, discarded changes, removals
"""
