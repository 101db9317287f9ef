"""Site pages: health, accessibility and security statements.

- accessibility_statement: each criterion of RGAA on each audited page, by whom, and the state
- audited_pages: the pages that are judged, with the print of each
- judgements: what persons signed, in the folder of the site
- security_statement: findings on the requirements of ASVS, and `security.txt`
- views: liveness, readiness, accessibility, security pages, `robots.txt`
"""
