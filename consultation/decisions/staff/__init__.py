"""Staff pages of decisions and editions.

- board: subjects by state and urgency
- decision_views: the page of one decision
- edition_views: the pages of editions
- evidence: what was said of a subject, each text to be ticked
- forms: of a decision and of an edition
- views: the page of all decisions
"""
