"""Share of the corpus that detectors find, and of honest texts that they flag."""

import pytest

from tests.moderation.detectors.corpus import FRAMES, HONEST, examples
from tests.moderation.detectors.corpus.figures import measure

LEAST_SENSITIVITY = {
    "phone": 0.90, "email": 0.90, "nir": 0.90, "iban": 0.90, "address": 0.90, "birth": 0.90,
    "plate": 0.90, "age_and_place": 0.90, "name": 0.70, "siren": 0.90, "link": 0.90,
}  # fmt: skip
LEAST_PRECISION = 0.90
MOST_HONEST_FLAGGED = 0.15
LEAST_FLAGGED = 0.90


@pytest.fixture(scope="module", params=["tuned", "held out"])
def measured(request):
    is_held_out = request.param == "held out"
    return measure(example for example in examples() if example.is_held_out == is_held_out)


def test_corpus_is_large_varied_and_has_many_honest_texts():
    corpus = examples()
    honest = [example.text for example in corpus if example.is_honest]
    held_out = [example for example in corpus if example.is_held_out]

    assert len({example.text for example in corpus}) >= 500
    assert len(set(honest)) >= 150
    assert sum(len(set(frames)) for frames in [*FRAMES.values(), *HONEST.values()]) >= 200
    assert 0.30 <= len(held_out) / len(corpus) <= 0.36


def test_what_leads_to_a_person_is_seen(measured):
    short = {
        kind: share
        for kind, least in LEAST_SENSITIVITY.items()
        if (share := measured.sensitivity(kind)) < least
    }

    assert short == {}
    assert measured.flagged_share >= LEAST_FLAGGED


def test_what_is_seen_is_there(measured):
    doubtful = {
        kind: precision
        for kind in LEAST_SENSITIVITY
        if (precision := measured.precision(kind)) < LEAST_PRECISION
    }

    assert doubtful == {}


def test_few_honest_texts_are_flagged(measured):
    assert measured.honest_share <= MOST_HONEST_FLAGGED
