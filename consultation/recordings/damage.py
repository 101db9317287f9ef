"""Damage of a sound file: what its readers raise."""


class Cut(Exception):
    """A file ends in the middle of its sound, or is damaged."""


class Mixed(Exception):
    """A file holds something else than one sound."""
