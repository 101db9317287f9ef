"""Search for measures: by stems of words, with synonyms, the same on both databases.

- index: the words of the plan in memory, and what a query finds in them
- orthography: known words close to a typed one
- stems: words of a text, folded and without their endings
- synonyms: groups of words that find one another
- views: staff page of the synonyms
"""
