"""Proposed values: numbers that respondents give for indicators, taken over by a person or not.

- decide: a proposal taken over as a value, set aside, or put back
- forms: form of why a proposal is set aside
- models: table
- queries: proposals that wait, and what became of the others
- views: staff pages
"""
