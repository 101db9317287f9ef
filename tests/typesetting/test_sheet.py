"""Every document that the site prints stays on its sheet, and cuts no word without a hyphen."""

import random
from dataclasses import asdict, replace

import pytest

from consultation.clock import now
from consultation.documents import formats, pdf
from consultation.documents.formats import DocumentFormat
from consultation.documents.model import (
    AxisEntry,
    ChangeLine,
    ChangeList,
    DecisionEntry,
    Difference,
    Document,
    Fact,
    IndicatorEntry,
    MeasureEntry,
    Quotation,
    Table,
    Text,
)
from consultation.institutions.data_requests import letter
from consultation.institutions.data_requests.letter import FigureSought, Letter
from consultation.plan.text_diff import Part
from consultation.questionnaires.form import paper
from consultation.responses.rights import export_formats, export_pdf
from consultation.responses.rights.export_formats import AnswerDescription, CopyDescription, Entry
from consultation.results.overview import printable
from tests.documents.builders import every_text
from tests.office import convert, need_writer
from tests.typesetting.sheet import beyond, beyond_as_shown, pieces, torn

CHANCE = random.Random(20261130)
"""No part of a word comes twice in it: what two lines say together, one word says or none."""

HOSTILE = {
    "capitals": "".join(CHANCE.choices("MWOQ", k=90)),
    "narrow": "".join(CHANCE.choices("iljt", k=170)),
    "long words": "anticonstitutionnellement hexakosioihexekontahexaphobie",
    "address": f"https://exemple.fr/{'chemin/' * 12}?q={'xyz' * 9}&page=2",
    "mail": f"{'prenom.' * 4}nom@{'sous-domaine.' * 4}exemple.fr",
    "figures": "1234567890" * 9,
    "unbroken blanks": "\u00a0le\u00a019\u00a0novembre\u00a02026,\u202fvoici" * 4,
    "sentence": "Les départements couverts par l'accompagnement, le 19 novembre 2026",
    "signs": "–…’" * 30,
}
ON = "19\u00a0novembre 2026"


def document(word):
    made = filled(word)
    return pdf.written(made), every_text(made)


def filled(word):
    """The working document and the report, with `word` in each of their places."""
    text = Text(word, "fr")
    rows = [
        [Text(ON, "fr"), Text("12 300,5 journées", "fr"), Text("l'association", "fr"), text],
        [text, text, text, text],
        [Text("étape (2025)", "fr"), text, Text("", "fr"), Text(ON, "fr")],
    ]
    table = Table(word, ["Pour quand", "Valeur", "Selon", "Ce qu'elle couvre"], rows)
    decision = DecisionEntry(word, text, text, word, [Quotation(text, word)])
    parts = [Part(word, is_removed=True), Part(word, is_added=True), Part(f" {word}")]
    indicator = IndicatorEntry(
        "T7.1", text, word, [Fact(word, text)], table, table, [Difference(word, parts, "fr")],
        [decision],
    )  # fmt: skip
    measure = MeasureEntry(
        "T7", text, word, [Fact("", text)], table, [indicator, replace(indicator, code=word)],
        [indicator], [decision], "https://exemple.fr/m/T7", "Code QR", [Fact(word, text)], [text],
    )  # fmt: skip
    lines = [ChangeLine(word, word, text, it) for it in ("indicateur-T7.1", "mesure-T7", "")]
    changed = ChangeList(word, word, lines)
    markdown = Text(f"## {word}\n\n{word}\n\n- {word}\n- [{word}](https://exemple.fr)", "fr")
    labels = (
        "introduction", "contents", "removed_measures", "reason", "quotations", "taken_away",
        "added", "changed", "removed", "missing", "nothing", "no_indicator", "address",
        "not_drawn", "numbers",
    )  # fmt: skip
    return Document(
        "fr", text, "Édition 1", text, ON, "Le collectif", [word], markdown,
        [AxisEntry("T", text, [measure], markdown)], [measure], {it: it for it in labels},
        "document", now(), changed=changed,
    )  # fmt: skip


def own_copy(word):
    answer = AnswerDescription(word, word, [word, f"{word}\n{word}"], word)
    entry = Entry(word, word, [(word, word)], [answer])
    section = export_formats.Section(word, word, [(word, word)], [answer], [entry])
    made = CopyDescription(word, word, word, [section])
    return export_pdf.team_document(made), [word]


def blank_form(word):
    question = {
        "label": word, "hint": word, "options": [], "steps": [], "ends": ["", ""], "rows": []
    }  # fmt: skip
    questions = [
        question | {"lines": 3},
        question | {"lines": 0, "options": [word, word[:60], "oui"]},
        question | {"lines": 0, "options": ["oui", "non"], "rows": [word, word[:60]]},
        question | {"lines": 0, "rows": [word, word[:60]]},
        question | {"lines": 0, "steps": [str(it) for it in range(11)], "ends": [word, word]},
    ]
    section = {
        "tag": "T7.1", "heading": word, "intro": word, "definition": word,
        "facts": [[word, word]], "questions": questions,
    }  # fmt: skip
    names = ("title", "eyebrow", "lead", "warning", "return_to")
    content = dict.fromkeys(names, word) | {
        "author": "Le collectif", "footer": "T7", "locale": "fr", "sections": [section],
    }  # fmt: skip
    return paper.blank_form(content), [word]


def poster(word):
    told = " ".join(it[:40] for it in HOSTILE.values())
    content = dict.fromkeys(("title", "eyebrow", "lead", "scan", "until"), told) | {
        "author": "Le collectif", "locale": "fr",
    }  # fmt: skip
    address = f"https://{'consultation.' * 8}exemple.fr/m/T7"
    return paper.poster(content, address), [told, address]


def data_request(word):
    figure = FigureSought(word, [("Définition", word), ("Unité", word)])
    made = Letter(
        [word, word], [word, word], ON, word, word, [word], [figure], f"{word}\n\n{word}\n{word}",
        [word], [word], has_grounds=True, has_address=True, placeholders=(),
    )  # fmt: skip
    return letter.as_pdf(made), [word]


def summary(word):
    part = printable.Part(
        word, [word], ["Axe", "Indicateurs", "Retenus", "À garder"], [[word, "12", "3", word]]
    )
    textual = replace(part, columns=["Indicateur", "Notes"], rows=[[word, word]], is_textual=True)
    names = ("title", "author", "eyebrow", "lead", "warning")
    texts = dict.fromkeys(names, word) | {"footer": "Résumé"}
    return printable.document([part, textual], **texts), [word, str(asdict(part))]


MARGINS = {
    document: 22, own_copy: 24, blank_form: 17, poster: 22, data_request: 25, summary: 18
}  # fmt: skip
"""Margins left and right of each document, in millimetres."""


@pytest.mark.parametrize("make", MARGINS)
def test_nothing_leaves_the_margins_and_no_word_is_cut(make):
    made, texts = make(" ".join(HOSTILE.values()))

    assert [(it.page, it.text, it.left, it.right) for it in beyond(made, MARGINS[make])] == []
    assert torn(made, texts) == []
    assert len(pieces(made)) > 5


@pytest.mark.long
@pytest.mark.parametrize("format", [DocumentFormat.DOCX, DocumentFormat.ODT])
def test_nothing_leaves_the_margins_where_writer_shows_it(format, tmp_path):
    need_writer()
    shown = tmp_path / f"document.{format}"
    shown.write_bytes(formats.written(filled(" ".join(HOSTILE.values())), format))

    (printed,) = convert([shown], tmp_path, "pdf")

    assert beyond_as_shown(printed.read_bytes(), MARGINS[document]) == []
