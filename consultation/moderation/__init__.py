"""Moderation: what may be shown of the texts that came in.

- clusters/: similar texts, decided on together
- danger/: signs that somebody may be in danger, and alerts
- detectors/: what a machine finds in a text that leads to a person
- texts/: one text, its masks and its page
- attribution: attribution: under whose name a text is quoted
- decisions: states and verdicts, what a verdict needs, and the row that is appended
- forms: filters and the decision form
- labels: French labels
- models: tables
- queue: filters, counts, order, the next one, and the lock while one is read
- response_actions: excludes a whole response
- screening: worker task of screening
- views: queue, text and charter pages
- visibility: the rule of what may be seen of a text, and by whom
"""
