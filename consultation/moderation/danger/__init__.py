"""Danger: texts and mails of people who may be in danger, and alerts.

- alerts: alerts raised on a text or a mail, mailed to the referent, closed with a note
- labels: French labels of alerts
- prefilter: patterns that a text may match, by the words that they need
- phrases: danger phrases, searched in a text
- screening: screening of texts and mails for danger phrases, as a task of the worker
- views: pages of alerts and danger words
"""
