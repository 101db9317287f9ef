"""Editor: the pages on which organisers compose the outline.

- blueprint: blueprint and shared context of the editor
- forms: fields that differ after a concurrent edit; form of a question; slug for a question code;
  form buttons that only redisplay; form of a section
- labels: French text of the editor
- question_views: question pages; shows one question as a respondent sees it
- section_views: section pages
- views: outline pages; confirmation pages of removals
"""
