"""Cryptography: keys, encrypted columns, blind indexes, signed tokens.

- key_files: key files: created, replaced, copied on paper with checksums
- keyring: keyring, encrypted column type, blind index, signed tokens
"""
