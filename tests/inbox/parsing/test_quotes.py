import time

import pytest

from consultation.inbox.parsing.quotes import strip_quotes


def answered(text):
    return strip_quotes(text, is_answer=True, is_forward=False)


def written(text):
    return strip_quotes(text, is_answer=False, is_forward=False)


@pytest.mark.parametrize(
    "lead",
    [
        "Le 3 mars 2025 à 10:12, X a écrit :",
        "Le 03/03/2025 10:12, X a écrit\u202f:",
        "Le lun. 3 mars 2025 à 10:12, X <\nx@exemple.fr> a écrit :",
        "On Mon, 3 Mar 2025 at 10:12, X <x@exemple.fr> wrote:",
        "-----Message d’origine-----",
        "De : X\nEnvoyé : lundi 3 mars 2025 10:12\nÀ : Y\nObjet : Z",
        "*De :* X\n*Date :* 3 mars 2025\n*À :* Y",
        "________________________________\nFrom: X\nSent: Monday\nTo: Y\nSubject: Z",
    ],
)
def test_what_a_programme_leads_to_is_cut(lead):
    assert answered(f"Mon avis.\n\n{lead}\n\nVotre texte.") == "Mon avis."


@pytest.mark.parametrize(
    "text",
    [
        "Le ministre a écrit :\nnous agirons.",
        "Le 3 mars, j'écrivais :\nnous verrons.",
        "On what they wrote:\nnothing.",
        "Objet : la mesure 12\nDate : le 3 mars\n\nMadame,",
        "De : partout.\nÀ : tous.",
        "A --- B\n--- et la suite ---",
        "> un\n> deux\nVoilà ma liste.",
        "Date: 3 mars",
        "Merci d'avance,\nJeanne",
        "Envoyé de Paris, ce texte compte.",
    ],
)
def test_what_may_be_a_persons_words_is_kept(text):
    assert written(f"Avant.\n\n{text}") == f"Avant.\n\n{text}"


def test_words_between_quotations_are_kept_in_their_order():
    text = "Le 3 mars 2025, X a écrit :\n> un\n\nPremier.\n\n> deux\n\nSecond.\n> trois\n"

    assert answered(text) == "Premier.\n\nSecond."


def test_what_is_passed_on_is_kept_without_its_headers():
    text = "Pour vous.\n\nDe : X\nEnvoyé : lundi\nÀ : Y\nObjet : Z\n\nUn avis.\n\n-- \nX"

    assert strip_quotes(text, is_answer=True, is_forward=True) == "Pour vous.\n\nUn avis."


def test_nothing_is_cut_when_nothing_else_would_be_left():
    text = "Le 3 mars 2025 à 10:12, X a écrit :\nvotre texte, et ma réponse dessous sans marque"

    assert answered(text) == text
    assert answered("Le 3 mars 2025 à 10:12, X a écrit :\n> votre texte") == ""


@pytest.mark.parametrize(
    "end",
    [
        "-- \nJeanne Exemple\nAssociation Exemple, pour vous servir.",
        "--\nJeanne Exemple",
        "Envoyé de mon iPhone",
        "Envoyé depuis l’application Mail Orange",
        "Sent from my iPad",
        "Télécharger Outlook pour Android<https://exemple.fr>",
        "Cordialement,\n\nJeanne Exemple\nChargée de mission\n01 00 00 00 00",
        "Bien à vous,\nJeanne\n\nEnvoyé de mon mobile",
        "Best regards\nJeanne\n__________",
    ],
)
def test_what_signs_a_message_is_cut(end):
    assert written(f"Mon avis.\n\n{end}") == "Mon avis."


@pytest.mark.parametrize(
    "end",
    [
        "--\nUne autre remarque, tout aussi longue que la première, qui ne signe rien.",
        "Cordialement,\nJeanne\n\nPS : la mesure 12 aussi",
        "Cordialement,\nJeanne\nVoir aussi la mesure 12",
        "Cordialement,\nUne dernière chose : il faut du temps.",
    ],
)
def test_what_follows_a_signature_and_is_said_stays(end):
    assert written(f"Mon avis.\n\n{end}") == f"Mon avis.\n\n{end}"


def test_message_of_a_signature_alone_is_kept():
    assert written("Cordialement,\nJeanne") == "Cordialement,\nJeanne"


def test_marks_without_end_are_taken_off_once():
    start = time.process_time()
    strip_quotes(">" * 700_000, is_answer=False, is_forward=True)

    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "unit",
    ["Le 3/3 x\n", "On 1/1 wrote:\n", "De : \n", "De : x\nÀ : y\n", "--\n", "> \n", ">", "x: y\n",
     "2025/1/1 <@> ", "Cordialement,\n", " \n", "Le 3/3 a écrit "],
)  # fmt: skip
def test_hostile_text_is_cut_in_a_moment(unit):
    text = (unit * 100_000)[:100_000]

    start = time.process_time()
    strip_quotes(text, is_answer=True, is_forward=False)
    strip_quotes(text, is_answer=False, is_forward=True)

    assert time.process_time() - start < 5
