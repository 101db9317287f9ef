"""The form, as Orca says it: walked through by Tab, refused, and sent."""

import urllib.request

import lxml.html
import pytest

from tests.hearing import kept
from tests.hearing.screen_reader import holds, place_of

FORM = "/mesures/T4/contribuer"
CAPACITY = "À quel titre répondez-vous"
SEND = "Envoyer ma contribution"
LAST = "Enregistrer et reprendre plus tard"


@pytest.fixture(scope="module")
def walk(reader, address):
    """What is heard at each Tab, from the first field to the last button; what is folded opens."""
    reader.open(address + FORM)
    reader.reach("Pour finir", key="h")
    steps = []
    while not (steps and holds(steps[-1], LAST)):
        steps.append(reader.press("Tab"))
        if holds(steps[-1], "collapsed button"):
            steps.append(reader.press("Return"))
    return steps


def step(walk, text):
    """What is heard at the first Tab that comes to this text."""
    return next(heard for heard in walk if holds(heard, text))


def test_form_is_heard_with_its_title_and_is_not_invalid_before_a_word_is_typed(reader, address):
    assert holds(reader.open(address + FORM), "Contribuer : Mécanisme national")

    heard = reader.press("h") + reader.press("h") + reader.press("h")

    assert holds(heard, "Pour finir heading 2")
    assert not holds(heard, "invalid")


def test_form_is_heard_from_field_to_field_as_it_was_read(walk, request):
    kept.compare("form", [utterance for heard in walk for utterance in heard], request)


def test_legend_is_heard_before_its_first_choice(walk):
    heard = step(walk, "Que faire de cet indicateur")

    assert place_of(heard, "Que faire de cet indicateur") < place_of(heard, "Le garder")


def test_indicator_is_heard_where_its_section_is_entered(walk):
    heard = step(walk, "Départements où le parcours")

    assert place_of(heard, "Départements où le parcours") <= place_of(heard, "Que faire de cet")


def test_each_group_is_heard_by_its_name(walk, address):
    entered = [it.removesuffix(" panel") for heard in walk for it in heard if it.endswith(" panel")]

    assert entered == groups_of(address + FORM)


def groups_of(address):
    """The names of the groups of a form in their order."""
    with urllib.request.urlopen(address) as page:
        form = lxml.html.parse(page).getroot().get_element_by_id("form")
    marked = "descendant::*[self::fieldset or @role='group' or @role='radiogroup']"
    return [_name_of(form, it) for it in form.xpath(marked)]


def _name_of(form, group):
    ids = group.get("aria-labelledby", "").split()
    naming = [form.get_element_by_id(it) for it in ids] or group.findall("legend")
    return " ".join(" ".join(it.text_content().split()) for it in naming)


def test_answer_is_taken_back_by_a_button_that_is_heard_with_its_question(reader, address):
    reader.open(address + FORM)
    reader.reach("Pour finir", key="h")
    reader.press("Tab", "space")

    reader.press("Tab", until="Effacer : Peut-on le compter ? button")
    reader.press("Return", until="1 (Pas du tout) not selected radio button")


def test_hint_of_a_scale_is_heard_with_its_first_step(walk):
    heard = step(walk, "Peut-on le compter")

    assert holds(heard, "1 (Pas du tout)")
    assert holds(heard, "Les données existent ou se trouvent")


def test_each_line_of_a_grid_is_heard_once(walk):
    heard = step(walk, "Le délai")

    assert holds(heard, "Ce qui bloque")
    assert " ".join(heard).count("Le délai") == 1
    assert " ".join(heard).count("Oui") == 1
    assert not holds(heard, "column")


def test_required_question_is_heard_as_such(walk):
    assert holds(step(walk, CAPACITY), f"{CAPACITY} ? (obligatoire)")


def test_remaining_characters_are_heard_only_near_the_end(reader, address):
    reader.open(address + FORM)
    reader.reach("Pour finir", key="h")
    assert not holds(reader.reach("En bref"), "caractères")

    assert not holds(reader.type("Un debut"), "caractères")
    heard = reader.type("abcdefghijk" * 8)

    assert holds(heard or reader.listen(), "encore 4 caractères possibles")


def test_refusal_is_heard_and_leads_to_its_field(reader, address):
    reader.open(address + FORM)
    reader.reach(SEND, key="b")

    reader.follow(until="Un point à corriger avant l’envoi")

    reader.press("Tab", until="Indiquez à quel titre vous répondez. link")
    heard = reader.press("Return")
    assert holds(heard, f"{CAPACITY} ? (obligatoire)")
    assert holds(heard, "Erreur : Indiquez à quel titre vous répondez.")


def test_address_that_is_none_is_heard_with_how_to_write_one(reader, address):
    reader.open(address + FORM)
    reader.reach("Votre adresse électronique", key="e")
    reader.press("shift+Tab", "Tab")
    reader.type("jeanne")
    reader.reach(SEND)

    reader.follow(until="2 points à corriger avant l’envoi")

    reader.reach("Votre adresse électronique link")
    heard = reader.press("Return")
    assert holds(heard, "Votre adresse électronique entry jeanne")
    assert holds(heard, "invalid entry")
    assert holds(heard, "donnez-en une seule, entière, comme nom@exemple.fr")


def test_receipt_is_heard_once_the_form_is_sent(reader, address):
    reader.open(address + FORM)
    reader.reach("Pour finir", key="h")
    reader.press("Tab", "space")
    reader.reach(CAPACITY, key="c")
    reader.press("shift+Tab", "Tab", "Down")
    reader.reach(SEND)

    reader.follow(until="Merci, votre contribution est enregistrée · Ensemble contre la traite")

    reader.press("h", until="Merci, votre contribution est enregistrée heading 1")
    reader.reach("Copier le lien button", key="b")
    assert reader.press("Return") == ["Lien copié"]
