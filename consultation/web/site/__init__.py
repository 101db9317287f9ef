"""Site pages: health, accessibility and security statements.

- statements: accessibility (RGAA), security (ASVS), `security.txt`
- views: liveness, readiness, accessibility, security pages
"""
