"""Danger: texts and mails of people who may be in danger, and alerts.

- alerts: alerts, and the mail to the referent
- labels: French labels
- phrases: danger words and their matches in a text
- screening: marks on texts and mails that have danger words, as a task of the worker
- views: pages of alerts and danger words
"""
