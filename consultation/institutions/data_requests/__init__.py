"""Data requests: a letter that asks an institution for figures, and what becomes of it.

- forms: form of a request, and of what became of it
- labels: French words for requests
- letter: the letter, as text and as PDF
- life: states of a request, and the days that follow from them
- models: tables
- queries: requests as pages and files list them
- record: requests prepared, changed, and followed by appended events
- views: staff pages
"""
