"""Pages that lead to the form or away from it, and the door of the team, as Orca says them."""

import pytest

from tests.hearing.conftest import PASSWORD
from tests.hearing.screen_reader import holds

NO_SERVER = "http://127.0.0.1:9"


def test_page_of_errors_is_not_taken_for_a_page(reader):
    with pytest.raises(AssertionError, match="does not open"):
        reader.open(NO_SERVER)


def test_search_is_heard_with_what_it_looks_for_and_what_it_brings(reader, address):
    reader.open(f"{address}/mesures")
    assert holds(reader.reach("Chercher une mesure", key="e"), "entry")
    reader.press("shift+Tab", "Tab")
    reader.type("logement")

    reader.follow()
    reader.reach("4 mesures trouvées", key="h")


def test_quick_exit_is_heard_early_and_leaves_nothing_to_hear(reader, address):
    reader.open(f"{address}/aide")

    heard = reader.press("Tab", "Tab", "Tab")
    assert holds(heard, "Quitter vite link")
    assert holds(heard, "Ou appuyez trois fois sur la touche Échap")

    reader.follow()
    assert not holds(reader.read(5), "traite")


def test_three_escapes_leave_nothing_to_hear(reader, address):
    reader.open(f"{address}/aide")

    reader.follow("Escape", "Escape", "Escape")

    assert not holds(reader.read(5), "traite")


def test_sign_in_is_heard_field_by_field_and_its_refusal_first(reader, address, sign_in):
    assert holds(reader.open(f"{address}/connexion"), "Connexion de l'équipe")

    sign_in(reader, password="une autre phrase")
    reader.follow(until="À corriger")

    sign_in(reader, password=PASSWORD)
    reader.follow()
    reader.press("h", until="heading 1")
    reader.reach("Se déconnecter", key="b")
    reader.follow()
