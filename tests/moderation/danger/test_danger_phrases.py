"""Danger words: what they find in two hundred sentences, half of them kept out of the list."""

import csv
import random
import time
from pathlib import Path

import pytest

from consultation.moderation.danger import phrases
from tests.moderation.detectors.corpus import HONEST

SENTENCES = Path(__file__).with_name("danger_sentences.csv")
SLOWEST = 0.5  # seconds of processor, for each language
TAGS = list(phrases.groups())
FEWEST = {"en": 10}
LEAST = {"fr": 0.95, "en": 0.95}
"""Share to be found of what those who wrote the list have not seen."""
HOSTILE = {
    "the same subject again and again": "il elle ma fille est ",
    "a beginning of everything": "je suis va veux ne peux pas la ",
    "one letter": "a ",
    "one word": "a",
    "gaps": "peur b c d e ",
    "sentences": "je. ",
}


def rows(half, tag):
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return [
            row
            for row in csv.DictReader(file, delimiter=";")
            if (row["half"], row["locale"]) == (half, tag)
        ]


def measured(half, tag):
    """Recall and precision on one half of the sentences of a language."""
    matches = [(row["danger"] == "1", phrases.has_any(row["text"])) for row in rows(half, tag)]
    true = sum(is_danger and is_marked for is_danger, is_marked in matches)
    return true / sum(is_danger for is_danger, _ in matches), true / sum(
        is_marked for _, is_marked in matches
    )


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("half", ["built_on", "held_out"])
def test_each_half_of_the_sentences_of_a_language_has_both_kinds(half, tag):
    kinds = [row["danger"] for row in rows(half, tag)]

    assert len(kinds) >= FEWEST.get(tag, 50)
    assert min(kinds.count("1"), kinds.count("0")) >= 5


@pytest.mark.parametrize("tag", TAGS)
def test_danger_words_find_the_sentences_held_out_of_the_list(record_property, tag):
    share, precision = measured("held_out", tag)

    record_property(f"danger_words_recall_{tag}", share)
    record_property(f"danger_words_precision_{tag}", precision)
    assert share >= LEAST.get(tag, 0.85)
    assert precision >= 0.5


@pytest.mark.parametrize("tag", TAGS)
def test_danger_words_find_the_sentences_that_the_list_is_built_on(tag):
    assert measured("built_on", tag) == (1.0, 1.0)


def test_danger_words_stand_in_few_honest_texts_about_policy():
    texts = [line for corpus in HONEST.values() for line in corpus]

    marked = [line for line in texts if phrases.has_any(line)]

    assert len(texts) > 100
    assert len(marked) <= len(texts) * 0.03


@pytest.mark.parametrize("tag", TAGS)
def test_examples_of_a_group_are_found_by_their_group(tag):
    missed = [
        example
        for group in phrases.groups()[tag]
        for example in group.examples
        if not any(it.pattern.search(phrases.fold(example)) for it in group.searches)
    ]

    assert missed == []
    assert [group.label for group in phrases.groups()[tag]] == [*phrases.SUBJECTS.values()]


def all_sentences():
    """Those of the repository, and others made of words of two of them."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        known = [row["text"] for row in csv.DictReader(file, delimiter=";")]
    known += [line for corpus in HONEST.values() for line in corpus]
    known += [
        it for groups in phrases.groups().values() for group in groups for it in group.examples
    ]
    chance = random.Random(59)
    made = []
    for one, other in zip(known, chance.sample(known, len(known)), strict=True):
        tokens = f"{one} {other}".split()
        cut = chance.randrange(len(tokens))
        made += [" ".join(tokens[cut:] + tokens[:cut]), " ".join(tokens[cut:][:4])]
    return known + made


def found_by_every_pattern(text, tags):
    """What `find` finds by definition: each search of each language tried on the whole text."""
    folded = phrases.fold(text)
    matches = sorted(
        (match.start(), match[0].strip(" |"))
        for tag in tags
        for group in phrases.groups()[tag]
        for search in group.searches
        for match in search.pattern.finditer(folded)
    )
    return list(dict.fromkeys(match for _start, match in matches))[: phrases.MOST_SHOWN]


def test_danger_words_are_those_that_every_pattern_tried_on_every_text_finds():
    sentences = all_sentences()
    expected = {text: found_by_every_pattern(text, TAGS) for text in sentences}

    assert sum(map(bool, expected.values())) > 500
    assert [text for text in sentences if phrases.find(text) != expected[text]] == []
    assert [text for text in sentences if phrases.has_any(text) != bool(expected[text])] == []


@pytest.mark.parametrize("tag", TAGS)
def test_danger_words_of_one_language_are_those_that_its_patterns_find(tag):
    sentences = [row["text"] for half in ("built_on", "held_out") for row in rows(half, tag)]

    for text in sentences:
        expected = found_by_every_pattern(text, [tag])
        assert (phrases.find(text, tags=[tag]), phrases.has_any(text, tags=[tag])) == (
            expected,
            bool(expected),
        )


def test_few_danger_patterns_are_tried_on_a_text_of_any_language():
    texts = [line for corpus in HONEST.values() for line in corpus]

    tried = [len(list(phrases._possible(phrases.fold(text), None))) for text in texts]

    assert sum(tried) / len(texts) < 15 < sum(1 for _ in phrases._phrases()[0]) / 40


@pytest.mark.parametrize(
    "text",
    [
        "JE SUIS EN DANGER",
        "Je  suis\nen danger",
        "je suis en da\u200bnger",
        "Je suis en\u00a0danger !",
        "Elle m’a dit : il va la tuer.",
        "j'ai reçu des menaces",
        "J'AI REC\u0327U DES MENACES",
    ],
)
def test_danger_words_are_found_however_they_are_typed(text):
    assert phrases.has_any(text)


@pytest.mark.parametrize("addition", ["Camion blanc", "camion  BLANC", "câmion-blanc"])
def test_addition_is_found_at_whole_words_only_whatever_its_accents(addition):
    assert phrases.find("Le Camion, blanc, est là.", [addition]) == ["camion blanc"]
    assert not phrases.has_any("Le camion blanchi est là.", [addition])
    assert not phrases.has_any("Rien à dire.", ["  ", "!"])


def test_version_changes_with_the_additions_and_not_with_their_order():
    assert phrases.version(["a", "b"]) == phrases.version(["b", "a"])
    assert phrases.version(["a"]) != phrases.version([])


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=list(HOSTILE))
def test_danger_words_are_read_quickly_in_a_long_text_that_begins_everything(unit):
    text = unit * (200_000 // len(unit))

    begun = time.process_time()
    phrases.find(text)

    assert time.process_time() - begun < SLOWEST * len(TAGS)
