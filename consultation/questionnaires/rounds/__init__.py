"""Rounds: periods of collection, from preparation to closing.

- checklist: checklist before a round opens
- forms: titles, codes and days as typed, in Paris time
- lifecycle: state transitions of a round
- queries: round queries; open/close for the CLI
- service: the same transitions again, for an actor
- text_views: pages of the round's texts
- texts: versions, and the defaults that are shipped
- views: the list, one round, and the steps it takes
"""
