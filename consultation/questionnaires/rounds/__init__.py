"""Rounds: periods of collection, from preparation to closing.

- checklist: checklist before a round opens
- forms: day and hour parsing in Paris time; form of a round
- lifecycle: state transitions of a round
- queries: round queries; open/close for the CLI
- service: the same transitions again, for an actor
- text_views: pages of the round's texts
- texts: versioned texts of a round; default texts
- views: pages of those transitions; round pages
"""
