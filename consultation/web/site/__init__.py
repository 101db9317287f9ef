"""Site pages: health, accessibility and security statements.

- statements: loads accessibility.toml (RGAA statement); loads security.toml (ASVS statement); no
  security code
- views: health, readiness, accessibility, security pages
"""
