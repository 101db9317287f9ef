"""Addresses that look alike, or fold to the same text, and are boxes of different people."""

TWINS = {
    "sharp s": ("gross@exemple.fr", "gro\u00df@exemple.fr"),
    "ligature": ("finances@exemple.fr", "\ufb01nances@exemple.fr"),
    "long s": ("poste@exemple.fr", "po\u017fte@exemple.fr"),
    "full width": ("jeanne@exemple.fr", "\uff4a\uff45\uff41nne@exemple.fr"),
    "circled digit": ("salle1@exemple.fr", "salle\u2460@exemple.fr"),
    "superscript": ("salle2@exemple.fr", "salle\u00b2@exemple.fr"),
}
"""By what they differ in: the plain address, and the one that folds to it."""
EACH_WAY = [pair for plain, other in TWINS.values() for pair in ((plain, other), (other, plain))]
NAMES = [f"{name} {way}" for name in TWINS for way in ("seen from plain", "seen from other")]
