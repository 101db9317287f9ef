"""Keys: rotation and verification.

- rotation: encryption key rotation
- verification: paper copy, and whether the keys are those of this database
"""
