"""Placeholders: errors of a text, and values that are never read again."""

from datetime import UTC, datetime

import pytest

from consultation.clock import PARIS
from consultation.invitations.mailings import placeholders
from consultation.invitations.models import Invitee
from consultation.plan.models import Measure

CLOSES = datetime(2026, 12, 1, 23, 59, tzinfo=PARIS)
LINK = "https://consultation.example/contributions/ouvrir/lien"


def values(locale="fr", closes_at=CLOSES, **invitee):
    return placeholders.values_for(Invitee(**invitee), locale, LINK, closes_at)


def measures(count):
    return [
        Measure(code=f"T{number}", title={"fr": f"Titre {number}", "en": f"Title {number}"})
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    "text", ["Bonjour {{nom}}", "{{ Nom }} {{lien}}", "{{fin}}{{mesures}}", "rien"]
)
def test_known_placeholders_are_no_fault(text):
    assert placeholders.error(text, placeholders.IN_BODY) is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("{{prenom}}", "{{prenom}} n'est pas un repère possible ici"),
        ("{{nom}} {{age}} {{age}}", "{{age}} n'est"),
        ("{{nom.__class__}}", "{{nom.__class__}} n'est"),
        ("{{}}", "{{}} n'est"),
        ("{{nom", "Une accolade est seule"),
        ("nom}}", "Une accolade est seule"),
        ("{nom}", "Une accolade est seule"),
        ("{{{nom}}}", "Une accolade est seule"),
        ("{{no\nm}}", "Une accolade est seule"),
        ("{% if x %}", "Une accolade est seule"),
    ],
)
def test_error_names_what_is_wrong_and_what_is_allowed(text, start):
    sentence = placeholders.error(text, placeholders.IN_BODY)

    assert start in sentence
    assert "{{nom}}, {{organisation}}, {{mesures}}, {{lien}}, {{fin}}" in sentence


def test_what_is_filled_in_is_never_read_again():
    filled = placeholders.fill("{{nom}} : {{lien}}", values(name="{{lien}} {{nom}} <script>"))

    assert filled == f"{{{{lien}}}} {{{{nom}}}} <script> : {LINK}"


def test_what_is_not_known_gets_neutral_words():
    assert placeholders.fill("{{nom}}, {{organisation}}, {{mesures}}", values()) == (
        "Madame, Monsieur, votre organisation, l'ensemble des mesures du plan"
    )
    assert placeholders.fill("{{nom}}, {{organisation}}, {{mesures}}", values("en")) == (
        "Sir or Madam, your organisation, all the measures of the plan"
    )


@pytest.mark.parametrize(
    ("count", "locale", "expected"),
    [
        (1, "fr", "T1 · Titre 1"),
        (3, "fr", "T1 · Titre 1 ; T2 · Titre 2 ; T3 · Titre 3"),
        (4, "fr", "T1 · Titre 1 ; T2 · Titre 2 ; T3 · Titre 3 ; et une autre"),
        (60, "en", "T1 · Title 1; T2 · Title 2; T3 · Title 3; and 57 others"),
    ],
)
def test_three_measures_are_named_and_the_others_counted(count, locale, expected):
    assert values(locale, measures=measures(count))["mesures"] == expected


def test_measures_that_left_the_plan_are_not_named():
    gone, kept = measures(2)
    gone.retired_at = CLOSES

    assert values(measures=[gone, kept])["mesures"] == "T2 · Titre 2"


@pytest.mark.parametrize(
    ("closes_at", "locale", "expected"),
    [
        (CLOSES, "fr", "1er décembre 2026"),
        (CLOSES, "en", "1 December 2026"),
        (datetime(2026, 12, 1, 0, 0, tzinfo=PARIS), "fr", "30 novembre 2026"),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "fr", "31 décembre 2026"),
    ],
)
def test_end_is_the_last_day_to_answer_as_paris_counts(closes_at, locale, expected):
    assert values(locale, closes_at)["fin"] == expected


def test_long_values_are_cut_and_stay_on_one_line():
    filled = values(name="É" * 200, organisation="Foyer\r\nBcc: x@y.fr")

    assert len(filled["nom"]) == placeholders.LONGEST_NAME
    assert filled["nom"].endswith("…")
    assert filled["organisation"] == "Foyer Bcc: x@y.fr"
