"""Privacy: the inventory of personal data and the papers made from it.

- inventory: GDPR data inventory: every column, why, how long
- records: GDPR documents (register, DPIA draft) rendered from TOML
- views: staff page of the GDPR documents
"""
