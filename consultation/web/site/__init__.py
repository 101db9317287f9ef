"""Site pages: health, accessibility and security statements.

- statements: statements of accessibility (RGAA) and of security (ASVS), read from TOML files
- views: health, readiness, accessibility, security pages
"""
