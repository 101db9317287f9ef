"""Rounds: periods of collection, from preparation to closing.

- checklist: what is done and what is left to do before a round opens
- choice: the round that a member of the team works on
- choice_views: its choice, in the header of each staff page
- default_texts: texts of a round until organisers write their own
- forms: forms of a round, of its steps and of its texts
- lifecycle: states of a round, steps between them, and what each step refuses
- offers: languages in which rounds offer their forms, and what keeps them from it
- queries: the round that a visitor meets, the last ones, the next number
- service: creation, changes and steps of rounds, by an actor
- text_views: pages on which organisers write a round's texts
- texts: texts of a round, in versions
- views: pages of rounds and of their steps
"""
