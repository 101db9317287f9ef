"""Programmes of the tests: each that a document or docstring names runs here in a short form."""
