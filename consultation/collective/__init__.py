"""Collective: who runs the consultation, its legal notice and its help, as organisers write them.

- forms: form of a site text
- models: table of site texts, in versions
- numbers: emergency numbers
- texts: site texts: those in force, those that are missing, and their versions
- views: help page, legal notice, and the pages on which organisers write the site texts
"""
