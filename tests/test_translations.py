"""Public pages and mails exist whole in both languages."""

import gettext
import re

import pytest
from babel import Locale

from consultation.i18n import SHIPPED
from tests.translations import CATALOGUES, english, errors, texts, texts_of_modules

CATEGORIES = ("zero", "one", "two", "few", "many", "other")


def test_catalogues_hold_every_text_and_nothing_else():
    assert len(texts()) > 150
    assert list(errors()) == []


def test_texts_are_found_wherever_a_module_asks_for_them(tmp_path):
    (tmp_path / "asking.py").write_text(
        "f'{_(\"one\")}', _l('two' ' words'), it.gettext('a' if many else 'b')\n"
        "ngettext('%(num)s part', '%(num)s parts', 3), _(text), _('%(n)s left', n=4)\n"
    )

    assert texts_of_modules(tmp_path) == {
        "one", "two words", "a", "b", ("%(num)s part", "%(num)s parts"), "%(n)s left"
    }  # fmt: skip


def test_contribution_has_one_name_in_english():
    called_otherwise = [
        said
        for told, said in english()
        if "contribution" in told.lower() and re.search(r"\bresponses?\b", said.lower())
    ]

    assert called_otherwise == []


def test_english_is_not_set_as_french_is():
    assert [said for _, said in english() if re.search(r"\s(%%|[;:?!»])|«", said)] == []


def test_french_counts_zero_as_one(app):
    with app.test_request_context("/"):
        from flask_babel import ngettext

        assert ngettext("%(num)s indicateur", "%(num)s indicateurs", 0) == "0 indicateur"


@pytest.mark.parametrize("tag", SHIPPED)
def test_plural_forms_stand_in_the_order_of_their_categories(tag):
    catalogue = CATALOGUES / tag / "LC_MESSAGES" / "messages.mo"
    with catalogue.open("rb") as file:
        form_of = gettext.GNUTranslations(file).plural
    category_of = Locale.parse(SHIPPED[tag].locale).plural_form
    places = {(form_of(count), CATEGORIES.index(category_of(count))) for count in range(200)}

    assert len({form for form, _ in places}) == len(places)
    assert [category for _, category in sorted(places)] == sorted(it for _, it in places)


def test_english_page_speaks_english(client):
    page = client.get("/en/mesures").text

    assert "The measures" in page
    assert "Les mesures</h1>" not in page
    assert '<html lang="en">' in page
