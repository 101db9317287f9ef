"""Keys: rotation, and whether they are those of this database.

- rotation: encryption key rotation
- verification: paper copy of keys confirmed; are these the keys of this database
"""
