"""Keys: rotation and verification.

- rotation: encryption key rotation
- verification: whether the keys open this database, and are copied on paper
"""
