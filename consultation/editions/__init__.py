"""Editions: prepared by one person, published by another where two are needed, frozen for good.

- controls: title and introduction of an edition on a form
- models: columns of an edition, and the hash of its content
- publication: the one in preparation, its publication, those published
"""
