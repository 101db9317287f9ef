"""Editor: the pages on which organisers compose the outline.

- blueprint: blueprint and shared context of the editor
- forms: what was typed of a question or a section, and what is wrong with it
- labels: French text of the editor
- question_views: question pages of the editor, with the question as a respondent sees it
- section_views: section pages
- views: the outline, and what a removal takes along
"""
