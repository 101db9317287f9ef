"""Moderation: what may be read of the texts that came in, and by whom.

- clusters/: similar texts, decided on together
- danger/: texts and mails of people who may be in danger, and alerts
- detectors/: passages that lead to a person, found by a machine
- texts/: one text, its masks and its page
- attribution: name and organisation under which a text is quoted
- claims: permission, row lock, and the ten minutes in which one moderator reads a text
- decisions: states and verdicts, what a verdict needs, and the row that is appended
- forms: filters of the queue, and the forms of a text's page
- labels: French labels
- models: tables
- queue: filters, counts, order, pages, and the next text for a moderator
- response_actions: responses set aside as a whole
- screening: screening of new texts by the detectors, as a task of the worker
- views: pages of the queue and of the charter
- visibility: the rule of what each audience may read, in Python and in SQL
"""
