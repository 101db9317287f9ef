"""What each page that is judged has around its content, as Orca says it."""

import pytest

from tests.hearing.screen_reader import holds, place_of

TITLES = {
    "/": "Consultation sur le plan 2024\N{HYPHEN}2027",
    "/mesures": "Les mesures",
    "/mesures/DEMO-1": "Mesure de démonstration 1",
    "/resultats/DEMO-1": "Résultats : Mesure de démonstration 1",
    "/plan": "Où en est le plan",
    "/aide": "Aide",
    "/donnees-personnelles": "Données personnelles",
    "/accessibilite": "Accessibilité",
}
AROUND = ["information", "navigation Pied de page", "banner", "Navigation principale"]
"""The regions of a page that come after its content, and those that come before."""

SEARCHED = ("/", "/mesures")
"""The pages with a field that looks for a measure."""


@pytest.mark.parametrize("path", TITLES)
def test_page_is_heard_with_its_title_exit_and_regions(reader, demonstration, path):
    heard = reader.open(demonstration + path)
    assert holds(heard, f" {TITLES[path]} · Ensemble contre la traite.")

    reader.press("Tab", until="Aller au contenu link")
    heard = reader.press("Tab", "Tab")
    assert holds(heard, "Quitter vite link")
    assert holds(heard, "Ou appuyez trois fois sur la touche Échap")

    reader.press("shift+Tab", "shift+Tab")
    reader.press("Return", until="main content")
    regions = [it for heard in reader.walk(AROUND[-1], key="m") for it in heard]
    assert places(regions, AROUND) == sorted(places(regions, AROUND))
    assert holds(regions, "search") is (path in SEARCHED)


def places(heard, texts):
    return [place_of(heard, text) for text in texts]
