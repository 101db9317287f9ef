"""Staff pages of decisions and editions.

- board: subjects by state, the most contested first
- decision_views: the page of one decision
- edition_views: the pages of editions
- evidence: what was said of a subject, each text to be ticked
- forms: of a decision and of an edition
- page_context: the list that the address asks for, and the place of a subject in it
- views: the page of all decisions, and of those that nobody contests
"""
