"""Space: a respondent's own pages, opened by a personal link.

- cookie: what a browser sends to show that a space is open in it
- exit_views: quick exit
- journey: progress over the measures
- link_mail: personal link by mail, to an address given once for that
- link_views: pages of personal links that go by mail
- links: personal links
- outcome_views: what became of what a respondent said
- recovery: link recovery, a new link by mail
- sessions: respondent sessions
- views: the space, the respondent's identity
"""
