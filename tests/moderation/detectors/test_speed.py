"""A text made to be slow is not: every expression that scans is linear, and so is the whole."""

import re
import time

import pytest

from consultation.moderation.detectors import (
    ages,
    characters,
    contacts,
    identifiers,
    names,
    phones,
    postal_addresses,
    screen,
)

MODULES = (contacts, identifiers, names, ages, phones, postal_addresses, characters)
LENGTH = 50_000
MOST_SECONDS = 0.1
# Tried at one place each, on what a scanning one found: never on a whole text.
ANCHORED = {"DOMAIN", "LOCAL", "AMOUNT_AFTER", "DATE"}
SCANNING = {
    f"{module.__name__.rsplit('.')[-1]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern) and name not in ANCHORED and not name.startswith("_")
}
# What each expression begins with, again and again: it almost matches everywhere.
SEEDS = [
    "a", "A", "0", "06", "0 ", "+33 6 ", "00 ", " ", "A ", "A.", "a@", "@a.", " at ", "at a dot ",
    "[at] ", "http://", "www.", "-", "a-", "FR76 3000 ", "AA11", "1 85 05 ", "12 rue ",
    "12 rue de la ", "rue Aa, 75011 ", "1 bis, ", "né le ", "née le 12/03/", "né à a ", "16 ans ",
    "une fille de 16 ans ", "une une une ", "Mme ", "Aa ", "Aa-", "s'appelle ", "nom : ",
    "mon mari ", "zéro un deux trois ", "tél : 1 ", "12/03/", "AA-123-", "12 AB ", "!", "A!", "É",
    "\u200b", "\n", "'", "06,12,34,", "12 Aa ", "vingt et ", "0612345678 ", "jeanne@exemple.fr ",
    "cordialement ", "\u0301", "👍🏽",
]  # fmt: skip


def repeated(seed, length=LENGTH):
    return (seed * (length // len(seed) + 1))[:length]


def seconds(run, text):
    started = time.process_time()
    run(text)
    return time.process_time() - started


def least_seconds(run, text):
    """The time that it takes, measured again where something else may have been in the way."""
    first = seconds(run, text)
    return first if first < MOST_SECONDS else min(first, seconds(run, text), seconds(run, text))


@pytest.mark.parametrize("name", SCANNING)
def test_no_text_makes_an_expression_slow(name):
    pattern = SCANNING[name]

    def scan(text):
        for _ in pattern.finditer(text):
            pass

    slow = [seed for seed in SEEDS if least_seconds(scan, repeated(seed)) > MOST_SECONDS]

    assert slow == []


def test_text_of_the_greatest_length_is_screened_in_less_than_a_second():
    texts = {seed: repeated(seed, 10_000) for seed in SEEDS}

    slow = [seed for seed, text in texts.items() if seconds(screen, text) > 1]

    assert slow == []


def test_text_with_three_hundred_findings_keeps_them_all():
    numbers = [f"06 12 {n // 100:02d} {n % 100:02d} 78" for n in range(300)]
    text = "\n".join(f"Appeler le {number}." for number in numbers)

    detections = screen(text).findings

    assert len(text) < 10_000
    assert [text[f.start : f.end] for f in detections] == numbers
