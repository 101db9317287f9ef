"""What a machine sees in a text, and what it leaves alone."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consultation.moderation.detectors import screen
from consultation.moderation.detectors.phones import PUBLIC_NUMBERS
from consultation.moderation.models import Certainty, FindingKind
from consultation.moderation.texts.ranges import is_boundary


def seen(text, **options):
    return [
        (detection.kind.value, text[detection.start : detection.end])
        for detection in screen(text, **options).findings
    ]


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("Tél : 06 12 34 56 78, le soir", "phone", "06 12 34 56 78"),
        ("au +33 (0)6.12.34.56.78.", "phone", "+33 (0)6.12.34.56.78"),
        ("en Guyane, 0594 30 12 34", "phone", "0594 30 12 34"),
        ("à La Réunion : 0692 12 34 56", "phone", "0692 12 34 56"),
        ("en Belgique (+32 470 12 34 56)", "phone", "+32 470 12 34 56"),
        ("portable 6 41 58 22 90", "phone", "6 41 58 22 90"),
        ("à jeanne [at] exemple point fr !", "email", "jeanne [at] exemple point fr"),
        ("(jeanne@exemple.fr)", "email", "jeanne@exemple.fr"),
        ("à 0612345678@exemple.fr", "email", "0612345678@exemple.fr"),
        ("RIB FR7630006000011234567890189", "iban", "FR7630006000011234567890189"),
        ("NIR 2 95 10 99 126 111 93", "nir", "2 95 10 99 126 111 93"),
        ("en Corse, 253072B07300470", "nir", "253072B07300470"),
        ("SIREN 732 829 320", "siren", "732 829 320"),
        ("au 12 bis rue des Lilas", "address", "12 bis rue des Lilas"),
        ("3, rue Pasteur 75011 Paris.", "address", "3, rue Pasteur 75011 Paris"),
        ("elle, née le 12/03/1998,", "birth", "née le 12/03/1998"),
        ("la plaque AB-123-CD", "plate", "AB-123-CD"),
        ("une voiture 1234 AB 75", "plate", "1234 AB 75"),
        ("avec Mme Dupont", "name", "Dupont"),
        ("par M. Karim B. hier", "name", "Karim B."),
        ("elle s’appelle Fatou Diallo", "name", "Fatou Diallo"),
        ("prénom : Fatou", "name", "Fatou"),
        ("voir https://exemple.fr/page.", "link", "https://exemple.fr/page"),
    ],
)
def test_text_shows_what_leads_to_a_person(text, kind, what):
    assert seen(text) == [(kind, what)]


def test_age_beside_a_place_is_seen_as_one():
    text = "Il y a une jeune fille de 16 ans hébergée à Roubaix, seule."

    assert seen(text) == [("age_and_place", "une jeune fille de 16 ans hébergée à Roubaix")]


@pytest.mark.parametrize("number", [n for n in PUBLIC_NUMBERS if len(n) > 4])
@pytest.mark.parametrize("between", ["", " ", "."])
def test_public_number_is_nobodys(number, between):
    pairs = between.join(number[at : at + 2] for at in range(0, len(number), 2))

    assert seen(f"Appelez le {pairs} ou tél {pairs}, c'est gratuit.") == []


@pytest.mark.parametrize(
    "text",
    [
        "12, rue : article 12, rue et logement",
        "Article 12, rue de l'article",
        "l'article 225-4-1 du code pénal et la loi du 13/04/2016",
        "1 234 567 890 euros, soit 12 345 678 901 234 centimes",
        "de 0 1 2 3 4 5 6 7 8 9 à 10",
        "du 01/02/2026 14 h au 03/02/2026 16 h",
        "indicateurs A3-12 et T7.1, mesure 12-34, code postal 59100",
        "les mineurs de 15 à 17 ans à Paris, depuis 10 ans à Lyon",
        "12 cours de français, 5 places en CHRS, 3 routes",
        "Meet us at exemple.test tomorrow",
        "l'association est née le 12 mars 1998",
        "Madame la ministre, Mme X et M. Y",
    ],
)
def test_text_that_looks_alike_is_not_flagged(text):
    assert not screen(text).is_flagged


def test_two_possible_findings_flag_a_text_and_one_does_not():
    possible = "Le 1741197171497 est noté."
    firms = "Les sociétés 732 829 320 et 404 833 048."

    assert {it.certainty for it in screen(possible).findings} == {Certainty.POSSIBLE}
    assert not screen(possible).is_flagged
    assert screen(f"{possible} Il roule (2396 GY 11).").is_flagged
    assert [kind for kind, _ in seen(firms)] == ["siren", "siren"]
    assert not screen(firms).is_flagged
    assert screen(f"{firms} {possible}").is_flagged


def test_security_number_with_a_wrong_key_is_only_possible():
    right, wrong = screen("295109912611193"), screen("295109912611194")

    assert [detections.certainty for detections in right.findings] == [Certainty.SURE]
    assert [detections.certainty for detections in wrong.findings] == [Certainty.POSSIBLE]


def test_hidden_signs_hide_nothing():
    plain = "Elle s'appelle Fatou Diallo, 06 12 34 56 78"
    hidden = plain.replace("a", "\u200ba\u2060").replace("12", "1\u202d2").replace("3", "３")

    detections = [(kind, text) for kind, text in seen(hidden) if kind != "hidden_signs"]

    assert [kind for kind, _ in detections] == ["name", "phone"]
    assert detections[0][1].replace("\u200b", "").replace("\u2060", "") == "Fatou Diallo"
    assert detections[1][1].replace("\u202d", "") == "06 12 ３4 56 78"


def test_signs_that_reorder_a_text_flag_it_and_those_of_emoji_do_not():
    reversed_number = "On lit \u202e87 65 43 21 60\u202c"
    emoji = "Bravo 👩🏽‍🚒 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 et l'arabe \u200fشكرا"

    assert screen(reversed_number).is_flagged
    assert seen(emoji) == []


def test_range_cuts_neither_an_emoji_nor_a_letter_from_its_accent():
    text = "Mme Duponte\u0301 0️⃣6️⃣12345678️⃣👍🏽"

    detections = screen(text).findings

    assert [text[f.start : f.end] for f in detections] == ["Duponte\u0301", "0️⃣6️⃣12345678️⃣"]


def test_shouting_is_capitals_in_sentences():
    text = "Bonjour. IL FAUT DES PLACES POUR TOUTES LES VICTIMES ! Merci. SIAO, CHRS, CADA, OFPRA."

    assert seen(text) == [("shouting", "IL FAUT DES PLACES POUR TOUTES LES VICTIMES !")]
    assert not screen(text).is_flagged


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Il faut former les agents et publier les chiffres.", "fr"),
        ("We should publish the figures for each of the regions.", "en"),
        ("Ok", None),
        ("", None),
        ("Хорошо, спасибо за вашу работу", "und"),
        ("Da", None),
        ("Да", None),
        ("Hébergement : places insuffisantes, délais trop longs, suivi absent partout", None),
        (
            "Më kanë marrë pasaportën dhe nuk më lënë të dal nga shtëpia, ju lutem më ndihmoni",
            "und",
        ),
        ("من می خواهم این شاخص روشن تر باشد چون مردم آن را نمی فهمند هرگز", "und"),
    ],
)
def test_language_is_told_by_the_little_words(text, locale):
    assert screen(text).locale == locale


def test_dictionary_of_names_adds_to_what_is_seen():
    text = "Fatou Diallo et Karim ont parlé."

    assert seen(text) == []
    assert seen(text, names=lambda text: [(0, 12), (16, 21)]) == [
        ("name", "Fatou Diallo"),
        ("name", "Karim"),
    ]
    assert screen(text, names=lambda text: [(0, 12)]).is_flagged
    assert not screen(text, names=lambda text: [(16, 21)]).is_flagged


PIECES = st.sampled_from(
    [
        "06 12 34 56 78", "jeanne@exemple.fr", "12 rue des Lilas", "née le 12/03/1998", "\u200b",
        "\u0301", "👍🏽", "👩‍🚒", "🇫🇷", "🇫", "Mme ", "Dupont",
        "\u202e", "\u1112\u1161\u11ab", "FR76",
        "2 95 10 99 126 111 93", "\n", " ", "@", "²", "①", "½", "ﬁ", "٣",
        "une fille de 16 ans à Lyon",
    ]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(PIECES | st.text(max_size=8), max_size=14).map("".join))
@example("\u0301")
@example("\u200d@\u200d")
def test_any_text_is_screened_into_ranges_that_cut_nothing(text):
    for detection in screen(text).findings:
        assert 0 <= detection.start < detection.end <= len(text)
        if detection.kind is not FindingKind.HIDDEN_SIGNS:
            assert is_boundary(text, detection.start)
            assert is_boundary(text, detection.end)
