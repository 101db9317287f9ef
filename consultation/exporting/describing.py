"""What an order or a selection holds, in French words."""

from collections.abc import Iterable, Mapping

from consultation.exporting.orders import Order
from consultation.exporting.selecting import TOOL, Agreement, Selection

EVERYTHING = "toutes les mesures, et l'outil dans son ensemble"
MOST_NAMED = 8
AGREEMENTS: Mapping[Agreement, str] = {
    Agreement.ANY: "Toutes les contributions",
    Agreement.CONTACT: "Celles dont l'auteur·e accepte d'être contacté·e",
    Agreement.QUOTED: "Celles dont l'auteur·e accepte d'être cité·e",
    Agreement.NAMED: "Celles dont l'auteur·e accepte d'être cité·e avec son nom",
}
ANONYMISED = "sans organisation ni numéro de dépôt"
LOCALES = {"fr": "Français", "en": "Anglais, quand il existe"}


def order_words(order: Order) -> str:
    """Return an order in one line, without its round and format."""
    codes = [f"axe {code}" for code in order.axes]
    codes += ["l'outil" if code == TOOL else code for code in order.measures]
    return _sentence(_named(codes), order.agreement, order.is_anonymised, order.locale)


def selection_words(selection: Selection) -> str:
    """Return the filters of a workbook in one line, with every measure's code."""
    measures = EVERYTHING
    if selection.measures is not None:
        measures = "mesures " + (", ".join(sorted(selection.measures)) or "d'un axe vide : aucune")
    return _sentence(measures, selection.agreement, selection.is_anonymised, selection.locale)


def _named(codes: list[str]) -> str:
    if not codes:
        return EVERYTHING
    more = len(codes) - MOST_NAMED
    return ", ".join(codes[:MOST_NAMED]) + (f" et {more} de plus" if more > 0 else "")


def _sentence(measures: str, agreement: Agreement, is_anonymised: bool, locale: str) -> str:
    return _capitalised(
        part
        for part in (
            measures,
            "" if agreement is Agreement.ANY else AGREEMENTS[agreement].lower(),
            ANONYMISED if is_anonymised else "",
            "libellés en anglais" if locale == "en" else "",
        )
        if part
    )


def _capitalised(parts: Iterable[str]) -> str:
    sentence = " ; ".join(parts)
    return sentence[0].upper() + sentence[1:]
