"""Danger: signs that somebody may be in danger, and alerts.

- alerts: alerts the referent
- labels: French of danger
- screening: marks texts and mails that may tell of danger
- views: alerts and words of danger
- words: signs of a person in danger
"""
