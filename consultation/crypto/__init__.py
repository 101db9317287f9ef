"""Cryptography: keys, encrypted columns, blind indexes, signed tokens.

- key_files: reads, creates, replaces key files; checksums
- keyring: keyring, encrypted column type, blind index, signed tokens
"""
