"""Readings: pages in an easy language, read over by those whom they are for, and their mention.

- catalogue: texts that ship, as a page has them in a language
- forms: forms of a reading and of a logo
- models: tables of readings and of logos
- pages: pages that can be read over, and the digest of what each says
- png: an uploaded image as a logo without metadata, or why it is none
- public_views: mention at the foot of a page, and address of a logo
- queries: pages with their readings, for the team and for visitors
- service: a reading noted or removed, a logo put or removed
- views: staff pages of the readings of a language
"""
