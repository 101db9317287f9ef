"""Collective: who runs the consultation, its legal notice and its help, as organisers write them.

- forms: form of a site text
- language_views: page of the languages of the site
- languages: languages that visitors see, and who read the others
- models: tables of site texts, in versions, of who read a language, and of stale translations
- numbers: emergency numbers
- stale_translations: translations made of another French text than the one that stands now
- texts: site texts: those in force, those that are missing, and their versions
- views: help page, legal notice, and the pages on which organisers write the site texts
"""
