"""Site pages: health, accessibility and security statements.

- accessibility_statement: findings on the criteria of RGAA
- security_statement: findings on the requirements of ASVS, and `security.txt`
- views: liveness, readiness, accessibility, security pages, `robots.txt`
"""
