"""Surfaces: what a checkout shows, gives and sends, compared with another checkout.

- __main__: compares two checkouts: `python -m tests.surfaces BEFORE [AFTER]`
- record: writes down what the checkout on the path shows, with the same clock and chance each time
"""
