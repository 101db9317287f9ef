"""Staff pages of decisions and editions.

- board: subjects by state
- decision_views: the page of one decision
- edition_views: the pages of editions
- evidence: what was said of a subject, each text to be ticked
- forms: of a decision and of an edition
- lists: subjects as a list, beside that of the overview
- page_context: the list that one came from, and the place of a subject in it
- views: the page of all decisions, and of those that nobody contests
"""
