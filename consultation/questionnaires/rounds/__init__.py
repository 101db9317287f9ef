"""Rounds: periods of collection, from preparation to closing.

- checklist: points to look at before a round opens
- default_texts: texts of a round until organisers write their own
- forms: forms of a round, of its steps and of its texts
- lifecycle: states, steps between them, and what each step refuses
- queries: the round that a visitor meets, the last ones, the next number
- service: prepares, changes and moves rounds: permission, lock, audit log
- text_views: pages of the texts of a round
- texts: texts of a round, in versions
- views: pages of rounds and of their steps
"""
