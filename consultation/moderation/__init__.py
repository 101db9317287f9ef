"""Moderation: what may be read of the texts that came in, and by whom.

- clusters/: similar texts, decided on together
- danger/: texts and mails of people who may be in danger, and alerts
- detectors/: passages that lead to a person, found by a machine
- texts/: one text, its masks and its page
- attribution: name and organisation under which a text is quoted
- bulk: one verdict for many texts, and its undo
- claims: the ten minutes in which one moderator reads a text; permission and row lock
- decisions: verdicts, what each needs, the state it leads to, and the row appended
- excluded_responses: responses set aside as a whole, counted separately
- forms: filters of the queue, and the forms of a text's page
- handlers: steps that several pages share
- labels: French labels
- models: tables
- queue: filters, counts, order, pages, and the next text for a moderator
- readers: whether a moderator reads the language of a text, or its translation
- screening: screening of new texts by the detectors, as a task of the worker
- views: pages of the queue and of the charter
- visibility: the rule of what each audience may read, in Python and in SQL
"""
