"""Moderation: what may be shown of the texts that came in.

- clusters/: similar texts, decided on together
- danger/: signs that somebody may be in danger, and alerts
- detectors/: what a machine finds in a text that leads to a person
- texts/: one text, its masks and its page
- attribution: attribution: under whose name a text is quoted
- decisions: append a decision; verdict x state table; what a verdict needs
- forms: filters and the decision form
- labels: French labels
- models: tables
- queue: ten-minute lock on a text; one page of the queue; queue filters, counts, next
- response_actions: excludes a whole response
- screening: worker task of screening
- views: queue, text and charter pages
- visibility: decision in words for the respondent; loads texts with what visibility needs; the
  visibility rule (looks like rendering)
"""
