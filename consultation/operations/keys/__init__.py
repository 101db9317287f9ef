"""Keys: rotation, and whether they are those of this database.

- rotation: encryption key rotation
- verification: the paper copy, and whether the keys are those of this database
"""
