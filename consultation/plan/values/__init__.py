"""Observed values of indicators: reported over time, and what they say of the targets.

- forms: form of a value
- models: tables
- progress: how far an indicator is, in words, by stated rules
- record: values stored, superseded, taken back; their series
- texts: French labels of values, and how a form or a file says them
- views: staff pages of values
"""
