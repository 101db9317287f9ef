"""Questionnaire workbook: what is written is what is read, and all errors are noted."""

import csv
import io
import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
import time_machine
import xlsxwriter
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.models import Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline import edits, store, validation
from consultation.questionnaires.outline import structure as outline_module
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.publication import publish
from consultation.questionnaires.workbook import reader
from consultation.questionnaires.workbook.columns import (
    OPTION_COLUMNS,
    OPTIONS_SHEET,
    QUESTION_COLUMNS,
    QUESTIONS_SHEET,
)
from consultation.questionnaires.workbook.reader import read_outline
from consultation.questionnaires.workbook.writer import write_outline
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.writer import Format
from consultation.text import clean
from tests.accounts.builders import add_stand_ins
from tests.factories import make_measure, make_round
from tests.invitations.builders import text_of
from tests.questionnaires.publishing_builders import (
    AT,
    actions,
    browser,
    changed,
    edit,
    event,
    make_question,
    make_section,
    options,
    published_rows,
    with_question,
)

MEASURES = {"T7": 2, "T8": 1, "1.10": 0}
ROOM = "/organisation/tours/tour-1/questionnaire/classeur"


# What any outline says, and comes back


codes = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
_characters = st.characters(exclude_categories=["Cs"])
_beginnings = st.sampled_from(["é", "=é", "'=é", "-é", "@é", "'é", "مرحبا", "1 é"])
texts = (
    st.builds(str.__add__, _beginnings, st.text(_characters, max_size=20)).map(clean).map(str.strip)
)
labels = st.one_of(texts, st.sampled_from(["2024", "18-25", "1,5", "0", "-3"]))


def localized(these):
    return st.fixed_dictionaries({"fr": these}, optional={"en": these})


@st.composite
def questions(draw, code, earlier):
    """A sound question; it may depend on one of the earlier ones."""
    kind = draw(st.sampled_from([kind for kind in QuestionKind if kind is not QuestionKind.EMAIL]))
    asked = OutlineQuestion(
        code,
        kind,
        draw(localized(texts)),
        hint=draw(st.none() | localized(texts)),
        is_required=draw(st.booleans()),
        needs_care=draw(st.booleans()),
        settings=draw(_settings(kind)),
    )
    if KINDS[kind].has_options:
        own = draw(st.lists(codes, min_size=2, max_size=4, unique=True))
        made = tuple(OutlineOption(one, draw(localized(labels))) for one in own)
        asked = replace(asked, options=made)
    choosable_codes = [one for one in earlier if one.options and KINDS[one.kind].may_control]
    if choosable_codes and draw(st.booleans()):
        other = draw(st.sampled_from(choosable_codes))
        offered = [option.code for option in other.options]
        chosen = draw(st.lists(st.sampled_from(offered), min_size=1, unique=True))
        asked = replace(asked, condition=Condition(other.code, tuple(chosen)))
    return asked


@st.composite
def _settings(draw, kind):
    if kind in (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT):
        return {"maximum": draw(st.integers(1, 20_000))}
    if kind is QuestionKind.YES_NO:
        return draw(st.sampled_from([{}, {"statement": True}]))
    if kind is QuestionKind.NUMBER:
        bounds = sorted(draw(st.lists(st.sampled_from([-5, 0, 0.5, 12, 1000.25]), max_size=2)))
        return dict(zip(("minimum", "maximum"), bounds, strict=False))
    if kind is QuestionKind.SCALE:
        lowest = draw(st.integers(0, 9))
        ends = draw(
            st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("low", "middle", "high"), localized(labels))
            )
        )
        extra = draw(st.sampled_from([{}, {"no_opinion": True}]))
        return {"minimum": lowest, "maximum": draw(st.integers(lowest + 1, 10)), **ends, **extra}
    if kind is QuestionKind.MATRIX:
        own = draw(st.lists(codes, min_size=2, max_size=3, unique=True))
        return {"rows": [{"code": code, "label": draw(localized(labels))} for code in own]}
    return {}


@st.composite
def sound_outlines(draw):
    """Any outline without fault: sections of every scope, who answers, and one question for all."""
    load_section_codes = draw(st.lists(codes, min_size=1, max_size=4, unique=True))
    question_codes = iter(draw(st.lists(codes, min_size=14, max_size=14, unique=True)))
    sections = []
    for code in load_section_codes:
        asked = []
        for _ in range(draw(st.integers(0, 3))):
            asked.append(draw(questions(next(question_codes), tuple(asked))))
        scope = draw(st.sampled_from(list(Scope)))
        title = localized(texts)
        sections.append(
            OutlineSection(
                code,
                scope,
                draw(st.none() | title if scope is Scope.INDICATOR else title),
                draw(st.none() | localized(texts)),
                tuple(draw(st.lists(st.sampled_from(list(MEASURES)), min_size=1, unique=True)))
                if scope is Scope.INSERT
                else (),
                tuple(asked),
            )
        )
    who = OutlineQuestion(
        next(question_codes),
        QuestionKind.SINGLE_CHOICE,
        {"fr": "Vous êtes ?"},
        Destination.CAPACITY,
        is_required=True,
        options=options("Juge", "Autre"),
    )
    assume("qui" not in load_section_codes)
    asked = make_question(next(question_codes))
    last = OutlineSection("qui", Scope.EVERYONE, {"fr": "Vous"}, questions=(who, asked))
    outline = Outline((*sections, last))
    assert validation.find_errors(outline, MEASURES) == []
    return outline


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
@given(outline=sound_outlines())
@settings(max_examples=10)
def test_any_sound_outline_written_to_a_file_is_read_back_to_the_letter(format, outline):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"questionnaire.{format}"
        write_outline(outline, path, format)

        read = read_outline(path, MEASURES)

    assert read.outline == outline
    assert read.unread == ()


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_shipped_questionnaire_comes_back_as_it_was(tmp_path, format):
    path = tmp_path / f"questionnaire.{format}"
    write_outline(outline_module.default(), path, format)

    assert read_outline(path, MEASURES).outline == outline_module.default()


def test_words_of_a_cell_are_offered_in_it(tmp_path):
    path = tmp_path / "questionnaire.xlsx"
    write_outline(outline_module.default(), path, Format.XLSX)

    book = openpyxl.load_workbook(path)

    assert book.sheetnames[:3] == ["Explications", "Questions", OPTIONS_SHEET]
    rules = book["Questions"].data_validations.dataValidation
    offered = {next(iter(rule.sqref.ranges)).min_col for rule in rules}
    headers = [cell.value for cell in book["Questions"][1]]
    assert {headers[column - 1] for column in offered} == {
        "Portée", "Type", "Obligatoire", "Prudence", "Phrase à cocher", "Sans avis", "Destination",
    }  # fmt: skip


# What is wrong with a file


BASE = Outline(
    (
        make_section(
            "avis",
            make_question("pourquoi", "Pourquoi ?"),
            make_question(
                "choix", "Lequel ?", QuestionKind.SINGLE_CHOICE, options=options("Un", "Deux")
            ),
            make_question("suite", "Et ensuite ?", condition=Condition("choix", ("o1",))),
            scope=Scope.EVERYONE,
            title={"fr": "Avis"},
        ),
        make_section(
            "vous",
            OutlineQuestion(
                "qualite",
                QuestionKind.SINGLE_CHOICE,
                {"fr": "Vous êtes ?"},
                Destination.CAPACITY,
                is_required=True,
                options=options("Juge", "Autre"),
            ),
            scope=Scope.EVERYONE,
            title={"fr": "Vous"},
        ),
    )
)
HEADERS = {
    "Questions": {column.key: column.header for column in QUESTION_COLUMNS},
    OPTIONS_SHEET: {column.key: column.header for column in OPTION_COLUMNS},
}


class Sheet:
    """A workbook as an organiser edits it at home."""

    def __init__(self, folder, outline=BASE):
        self.path = folder / "questionnaire.xlsx"
        write_outline(outline, self.path, Format.XLSX)
        self.book = openpyxl.load_workbook(self.path)

    def put(self, row, key, value, sheet="Questions"):
        headers = [cell.value for cell in self.book[sheet][1]]
        column = headers.index(HEADERS[sheet][key]) + 1
        self.book[sheet].cell(row=row, column=column).value = value
        return self

    def saved(self):
        self.book.save(self.path)
        return self.path

    def problems(self, measures=MEASURES):
        with pytest.raises(SheetRefused) as refused:
            read_outline(self.saved(), measures)
        return [(p.sheet, p.row, p.column, p.what) for p in refused.value.problems]


@pytest.fixture
def sheet(tmp_path):
    return Sheet(tmp_path)


@pytest.mark.parametrize(
    ("row", "key", "value", "column", "what"),
    [
        (2, "kind", "texte logn", "Type", "« texte logn » n'est pas un des mots attendus"),
        (2, "kind", None, "Type", "le type de la question n'est pas dit"),
        (2, "scope", "partou", "Portée", "« partou » n'est pas un des mots attendus"),
        (2, "scope", None, "Portée", "la portée de la rubrique n'est pas dite"),
        (2, "code", "Pourquoi ?", "Question", "le code « Pourquoi ? » ne peut pas figurer"),
        (2, "code", "Pourquoi", "Question", "le code « Pourquoi » ne convient pas"),
        (2, "code", None, "Question", "la question n'a pas de code"),
        (3, "code", "pourquoi", "Question", "déjà celui de la question de la ligne 2"),
        (2, "label", None, "Intitulé", "la question n'a pas d'intitulé en français"),
        (2, "label", 42, "Intitulé", "un nombre (42) se trouve là où un texte est attendu"),
        (2, "label", "#REF!", "Intitulé", "la formule de la cellule donne une erreur (#REF!)"),
        (2, "label", "é" * 2001, "Intitulé", "le texte compte 2001 caractères"),
        (2, "hint_en", "Why", "Aide (anglais)", "le texte anglais est là sans le texte français"),
        (2, "is_required", "peut-être", "Obligatoire", "n'est pas un des mots attendus"),
        (2, "is_required", True, "Obligatoire", "une valeur logique (VRAI)"),
        (2, "maximum", "beaucoup", "Maximum", "« beaucoup » n'est pas un nombre"),
        (2, "maximum", 0, "Maximum", "la longueur de la réponse n'est pas fixée"),
        (2, "maximum", 20001, "Maximum", "la longueur de la réponse n'est pas fixée"),
        (2, "title", None, "Titre de la rubrique", "la rubrique n'a pas de titre en français"),
        (3, "title", "Autre", "Titre de la rubrique", "ce n'est pas ce que dit la ligne 2"),
        (2, "section", None, "Rubrique", "la cellule est vide"),
        (4, "condition_options", "o7", "Condition : question", "« choix » n'offre pas « o7 »"),
        (4, "condition_options", None, "Condition : question", "aucune réponse n'est choisie"),
        (4, "condition_question", None, "Condition : question", "des réponses sont données sans"),
        (4, "condition_question", "absente", "Condition : question", "« suite » → « absente »"),
        (4, "condition_question", "suite", "Condition : question", "d'elle-même : « suite » →"),
        (2, "destination", "qualité de la personne", "Type", "ne peut pas changer de type"),
    ],
)  # fmt: skip
def test_error_is_noted_at_its_row_and_column(sheet, row, key, value, column, what):
    problems = sheet.put(row, key, value).problems()

    assert ("Questions", row, column) in [place[:3] for place in problems]
    assert any(what in said for *_, said in problems), problems


@pytest.mark.parametrize(
    ("row", "key", "value", "column", "what"),
    [
        (2, "question", "ailleurs", "Question", "aucune question n'a pour code « ailleurs »"),
        (2, "question", "pourquoi", None, "ce type de question n'a pas de réponses proposées"),
        (3, "code", "o0", "Réponse", "le code « o0 » est déjà celui de la ligne 2"),
        (3, "code", "O-1", "Réponse", "le code « O-1 » ne convient pas"),
        (3, "label", None, "Intitulé", "la cellule est vide"),
        (3, "label", "#N/A", "Intitulé", "la formule de la cellule donne une erreur"),
    ],
)
def test_error_of_an_option_is_noted_at_its_row(sheet, row, key, value, column, what):
    problems = sheet.put(row, key, value, OPTIONS_SHEET).problems()

    assert any(what in said for *_, said in problems), problems
    if column:
        assert (OPTIONS_SHEET, row, column) in [place[:3] for place in problems]


def test_number_is_a_good_option(sheet):
    sheet.put(2, "label", 2024, OPTIONS_SHEET)

    read = read_outline(sheet.saved(), MEASURES)

    assert read.outline.question("choix").options[0].label == {"fr": "2024"}


def test_errors_are_all_noted_at_once_and_none_twice(sheet):
    sheet.put(2, "kind", "rien").put(3, "label", 12).put(4, "condition_question", "absente")
    sheet.put(5, "section", "Vous !").put(3, "code", "o0", OPTIONS_SHEET)

    problems = sheet.problems()

    assert [(name, row, column) for name, row, column, _ in problems] == [
        ("Questions", 2, "Type"),
        ("Questions", 3, "Intitulé"),
        ("Questions", 4, "Condition : question"),
        ("Questions", 5, "Rubrique"),
        (OPTIONS_SHEET, 3, "Réponse"),
    ]


def test_longer_circle_is_shown_as_a_path(tmp_path):
    asked = [
        make_question(
            code,
            f"Question {code} ?",
            QuestionKind.SINGLE_CHOICE,
            options=options("Un", "Deux"),
            condition=Condition(other, ("o1",)),
        )
        for code, other in (("a", "c"), ("b", "a"), ("c", "b"))
    ]
    outline = Outline((make_section("ronde", *asked, scope=Scope.MEASURE), *BASE.sections))

    problems = Sheet(tmp_path, outline).problems()

    assert ("Questions", 2, "Condition : question") in [place[:3] for place in problems]
    assert "la question dépendrait d'elle-même : « a » → « c » → « b » → « a »" in problems[0][3]


def test_measure_is_found_whatever_its_case_and_an_unknown_one_is_told(tmp_path):
    insert = make_section("encart", make_question("seul"), measures=("T7", "1.10"))
    sheet = Sheet(tmp_path, Outline((insert, *BASE.sections)))

    read = read_outline(sheet.put(2, "measures", "t7 ; 1.10").saved(), MEASURES)
    problems = sheet.put(2, "measures", "T7, T99").problems()

    assert read.outline.section("encart").measures == ("T7", "1.10")
    assert problems[0][:3] == ("Questions", 2, "Mesures")
    assert "aucune mesure en vigueur n'a pour code « T99 »" in problems[0][3]


def test_form_asking_nothing_is_told(tmp_path):
    each = make_section("chaque", make_question("avis"), scope=Scope.INDICATOR)
    sheet = Sheet(tmp_path, Outline((each, BASE.sections[1])))

    problems = [what for *_, what in sheet.problems({"T7": 2, "1.10": 0})]

    assert [one.partition(" ne demande")[0] for one in problems] == [
        "le formulaire sur l'ensemble des indicateurs",
        "le formulaire de la mesure 1.10, qui n'a pas d'indicateur,",
    ]


def test_section_without_questions_keeps_its_row(tmp_path):
    empty = make_section("vide", scope=Scope.TOOL)
    sheet = Sheet(tmp_path, Outline((empty, *BASE.sections)))

    assert read_outline(sheet.path, MEASURES).outline.section("vide") == empty


def test_file_with_the_former_names_of_sheet_and_columns_is_read(sheet):
    sheet.book[OPTIONS_SHEET].title = "Modalités"
    for name, header, former in (
        ("Questions", "Type", "Sorte"),
        ("Modalités", "Réponse", "Modalité"),
    ):
        (cell,) = [cell for cell in sheet.book[name][1] if cell.value == header]
        cell.value = former

    assert read_outline(sheet.saved(), MEASURES).outline == BASE


def test_two_sheets_of_proposed_answers_are_one_too_many(sheet):
    sheet.book.create_sheet("Modalités")

    assert any("« Réponses proposées » est en double" in said for *_, said in sheet.problems())


def test_missing_sheets_and_columns_are_named(sheet):
    del sheet.book[OPTIONS_SHEET]
    sheet.book["Questions"].cell(row=1, column=1, value="Ma rubrique")

    problems = sheet.problems()

    assert any("la feuille « Réponses proposées » manque" in said for *_, said in problems)
    assert any("il manque la colonne « Rubrique »" in said for *_, said in problems)
    assert len(problems) == 2


def test_columns_of_the_organisers_own_are_named_and_not_read(sheet):
    last = sheet.book["Questions"].max_column + 1
    sheet.book["Questions"].cell(row=1, column=last, value="Qui relit")
    sheet.book["Questions"].cell(row=2, column=last, value="Lou")

    read = read_outline(sheet.saved(), MEASURES)

    assert read.outline == BASE
    assert read.unread == ("feuille « Questions », colonne « Qui relit »",)


def test_formula_gives_what_was_saved_with_it_and_is_never_run(sheet):
    sheet.put(2, "label", '="Pour" & "quoi ?"')

    problems = sheet.problems()

    assert problems[0][:3] == ("Questions", 2, "Intitulé")


def test_file_that_is_no_workbook_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "notes.xlsx"
    path.write_bytes(b"PK\x03\x04 rien")

    with pytest.raises(SheetRefused) as refused:
        read_outline(path, MEASURES)

    assert "notes.xlsx" in refused.value.problems[0].what


# The pages


@pytest.fixture
def app(app):
    app.config["RATE_LIMITS"] = False
    return add_stand_ins(app)


@pytest.fixture
def opened(session):
    for code in ("T7", "T8"):
        make_measure(session, code, indicators=1)
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def organiser(app, session, opened):
    return browser(app, session)


def downloaded(organiser, tmp_path, extension="xlsx"):
    answer = organiser.get(f"{ROOM}/telecharger/{extension}")
    assert answer.status_code == 200
    path = tmp_path / f"recu.{extension}"
    path.write_bytes(answer.data)
    return path


def send(organiser, content, name="questionnaire.xlsx"):
    organiser.get(ROOM)
    content = content.read_bytes() if isinstance(content, Path) else content
    return organiser.post(ROOM, {"file": (io.BytesIO(content), name)})


def digest_of(page):
    return re.search(r'name="digest" value="([0-9a-f]+)"', page)[1]


def sent_with(organiser, session, opened, tmp_path, change):
    """Send a file that says what `change` makes of the working outline; return its page."""
    path = tmp_path / "envoi.xlsx"
    write_outline(change(store.working(session, opened)), path, Format.XLSX)
    answer = send(organiser, path)
    assert answer.status_code == 303, text_of(answer)
    return answer.location


def reworded(outline):
    return changed(outline, "observation", label={"fr": "Que voyez-vous ?"})


@pytest.mark.parametrize("extension", ["xlsx", "ods"])
def test_what_is_downloaded_changes_nothing_when_it_comes_back(organiser, tmp_path, extension):
    path = downloaded(organiser, tmp_path, extension)

    answer = send(organiser, path, path.name)

    assert answer.status_code == 303
    assert "Ce classeur ne change rien" in text_of(organiser.get(answer.location))


def test_file_has_the_languages_of_the_round_and_leaves_the_others(
    organiser, session, opened, tmp_path
):
    assert "Intitulé (anglais)" in headers_of(downloaded(organiser, tmp_path), QUESTIONS_SHEET)
    before = store.working(session, opened)
    opened.languages = ["fr"]
    session.commit()

    path = downloaded(organiser, tmp_path)

    for sheet in (QUESTIONS_SHEET, OPTIONS_SHEET):
        assert "Intitulé" in headers_of(path, sheet)
        assert "anglais" not in " ".join(headers_of(path, sheet))
    answer = send(organiser, path, path.name)
    assert "Ce classeur ne change rien" in text_of(organiser.get(answer.location))
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    organiser.post(address, {"digest": digest_of(organiser.get(address).text)})
    session.rollback()
    label = {**before.question("observation").label, "fr": "Que voyez-vous ?"}
    assert store.working(session, opened) == changed(before, "observation", label=label)


def headers_of(path, sheet):
    return [str(cell.value) for cell in openpyxl.load_workbook(path)[sheet][1]]


def test_columns_of_a_language_that_the_round_has_not_are_read(
    organiser, session, opened, tmp_path
):
    opened.languages = ["fr"]
    session.commit()
    label = {"fr": "Que voyez-vous ?", "en": "What do you see?"}

    address = sent_with(
        organiser, session, opened, tmp_path, lambda it: changed(it, "observation", label=label)
    )
    page = organiser.get(address)
    organiser.post(address, {"digest": digest_of(page.text)})

    assert "pas été lues" not in text_of(page)
    session.rollback()
    assert store.working(session, opened).question("observation").label == label


def test_question_that_moved_keeps_its_texts_in_other_languages():
    made = outline_module.default()
    first, second = made.sections[:2]
    in_french = replace(first.questions[0], label={"fr": "Autrement ?"})
    moved = Outline(
        (
            replace(first, questions=first.questions[1:]),
            replace(second, questions=(*second.questions, in_french)),
            *made.sections[2:],
        )
    )

    kept = edits.keep_texts(moved, made, ("fr",)).question(in_french.code)

    assert kept.label == {**first.questions[0].label, "fr": "Autrement ?"}
    assert edits.keep_texts(moved, made, ("fr", "en")) == moved


def test_file_is_taken_in_after_its_changes_were_seen(organiser, session, opened, tmp_path):
    rows = published_rows(session)
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    page = text_of(organiser.get(address))
    assert "1 question modifiée sur 2 formulaires" in page
    assert "<bdi>Que voyez-vous ?</bdi>" in page
    assert not store.has_changes(session, opened)

    answer = organiser.post(address, {"digest": digest_of(page)})

    assert answer.status_code == 303
    working = store.working(session, opened)
    assert working.question("observation").label == {"fr": "Que voyez-vous ?"}
    assert published_rows(session) == rows
    details = event(session, "questionnaire_imported").details
    assert details == {"added": 0, "changed": 1, "moved": 0, "removed": 0}
    again = organiser.post(address, {"digest": digest_of(page)})
    assert again.status_code == organiser.get(address).status_code == 404
    assert "Ce fichier n'est plus là" in text_of(again)


def test_change_meanwhile_is_shown_before_it_would_be_lost(organiser, session, opened, tmp_path):
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    shown = organiser.get(address).get_data(as_text=True)
    edit(session, opened, lambda o: changed(o, "standing", label={"fr": "Où en est-on ?"}))

    answer = organiser.post(address, {"digest": digest_of(shown)})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "Rien n'a été importé" in page
    assert "<bdi>Où en est-on ?</bdi></del>" in page
    assert "questionnaire_imported" not in actions(session)
    assert organiser.post(address, {"digest": digest_of(page)}).status_code == 303


def test_measure_retired_meanwhile_makes_the_file_wrong(organiser, session, opened, tmp_path):
    section = make_section("encart", make_question("seul"))
    address = sent_with(
        organiser, session, opened, tmp_path, lambda o: Outline((*o.sections, section))
    )
    page = organiser.get(address).get_data(as_text=True)
    measures = {measure.code: measure for measure in _measures(session)}
    measures["T7"].retired_at = now()
    session.commit()

    answer = organiser.post(address, {"digest": digest_of(page)})

    assert answer.status_code == 409
    assert "aucune mesure en vigueur n'a pour code « T7 »" in text_of(answer)


def _measures(session):
    return session.query(Measure).all()


def test_changed_meaning_is_told_with_what_to_do(organiser, session, opened, tmp_path):
    standing = store.working(session, opened).question("standing")
    address = sent_with(
        organiser,
        session,
        opened,
        tmp_path,
        lambda o: changed(o, "standing", options=standing.options[:3]),
    )

    page = text_of(organiser.get(address))

    assert "1 question change de sens sous le même code" in page
    assert "<code>standing_2</code>" in page


def test_yes_or_no_turned_into_a_box_to_tick_is_told(organiser, session, opened, tmp_path):
    asked = make_question("connu", kind=QuestionKind.YES_NO)
    edit(session, opened, lambda o: with_question(o, "progress", asked))
    with writing(session()):
        publish.publish_outline(session(), opened, AT)
    ticked = {"statement": True}
    address = sent_with(
        organiser, session, opened, tmp_path, lambda o: changed(o, "connu", settings=ticked)
    )

    page = text_of(organiser.get(address))

    assert "1 question change de sens sous le même code" in page
    assert "le oui ou non devient une phrase à cocher" in page
    assert "<code>connu_2</code>" in page


def test_errors_are_listed_and_the_file_is_given_back_with_them_marked(
    organiser, session, opened, tmp_path
):
    sheet = Sheet(tmp_path, store.working(session, opened))
    sheet.put(2, "kind", "rien").put(3, "label", 12)

    answer = send(organiser, sheet.saved())

    page = text_of(answer)
    assert answer.status_code == 422
    assert "2 erreurs dans ce fichier" in page
    assert "« rien » n'est pas un des mots attendus" in page
    address = re.search(r'href="([^"]+/annote)"', page)[1]
    given = openpyxl.load_workbook(io.BytesIO(organiser.get(address).data))
    assert given.sheetnames[0] == "Erreurs"
    kind = [cell.value for cell in given["Questions"][1]].index("Type")
    assert "n'est pas un des mots attendus" in given["Questions"].cell(2, kind + 1).comment.text


def test_file_is_its_sender_s_alone_and_for_a_day(app, organiser, session, opened, tmp_path):
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    other = browser(app, session, "max@association.example")

    assert other.get(address).status_code == 404
    assert other.post(address, {"digest": "x"}).status_code == 404
    assert organiser.get(address).status_code == 200
    with time_machine.travel(now() + timedelta(days=1, seconds=1)):
        organiser.enter("lou@association.example")
        assert organiser.get(address).status_code == 404


def test_address_of_an_unknown_round_is_not_found_though_the_file_is_there(
    organiser, session, opened, tmp_path
):
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    unknown = address.replace("/tour-1/", "/tour-9/")
    content = Sheet(tmp_path, store.working(session, opened)).saved().read_bytes()

    upload = {"file": (io.BytesIO(content), "a.xlsx")}
    answers = [
        organiser.get(unknown),
        organiser.get(f"{unknown}/annote"),
        organiser.post(unknown, {"digest": "x"}),
        organiser.post(f"{unknown}/abandonner"),
        organiser.post(ROOM.replace("tour-1", "tour-9"), upload),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert organiser.get(address).status_code == 200


def test_file_can_be_given_up(organiser, session, opened, tmp_path):
    address = sent_with(organiser, session, opened, tmp_path, reworded)
    organiser.get(address)

    assert organiser.post(f"{address}/abandonner").status_code == 303

    assert organiser.get(address).status_code == 404
    assert not store.has_changes(session, opened)


def test_file_with_an_endless_cell_is_refused_with_a_sentence(organiser):
    csv.field_size_limit(1_000_000)  # as a library raises it that is imported beside ours

    page = send(organiser, b"Question;" + b"x" * 131_073, "questionnaire.csv")

    assert page.status_code == 422
    assert "ligne 1 : une cellule dépasse 131 072 caractères" in text_of(page)
    assert 'aria-label="Erreurs du fichier"' not in text_of(page)


def test_post_without_a_file_says_so_at_its_field(organiser):
    organiser.get(ROOM)

    answer = organiser.post(ROOM, {"file": (io.BytesIO(b""), "")})

    assert answer.status_code == 422
    assert "Choisissez le classeur du questionnaire." in text_of(answer)


def test_too_big_file_is_told_at_its_field(app, organiser):
    organiser.get(ROOM)
    app.config["BODY_LIMIT"] = 1024 * 1024
    app.config["MAX_CONTENT_LENGTH"] = 100

    answer = send(organiser, b"PK")

    assert answer.status_code == 413
    assert "Ce fichier dépasse 1 Mo" in text_of(answer)


def test_what_is_no_workbook_is_refused_without_a_link_to_mark_it(organiser):
    answer = send(organiser, b"PK\x03\x04 rien", "questionnaire.xlsx")

    page = text_of(answer)
    assert answer.status_code == 422
    assert "/annote" not in page


def test_own_columns_are_said_on_the_page(organiser, session, opened, tmp_path):
    sheet = Sheet(tmp_path, reworded(store.working(session, opened)))
    last = sheet.book["Questions"].max_column + 1
    sheet.book["Questions"].cell(row=1, column=last, value="Qui relit")

    answer = send(organiser, sheet.saved())

    page = text_of(organiser.get(answer.location))
    assert "Colonnes qui n'ont pas été lues : feuille « Questions », colonne « Qui relit »" in page


def test_only_organisers_interchange(app, session, opened):
    moderator = browser(app, session, "mod@association.example", Role.MODERATOR)

    assert moderator.get(ROOM).status_code == 403
    assert moderator.get(f"{ROOM}/telecharger/xlsx").status_code == 403
    assert moderator.post(ROOM, {}).status_code == 403
    assert app.test_client().get(ROOM).status_code == 303


def test_no_round_no_format_no_page(organiser):
    assert organiser.get(f"{ROOM}/telecharger/csv").status_code == 404
    assert organiser.get("/organisation/tours/tour-9/questionnaire/classeur").status_code == 404
    assert organiser.get(f"{ROOM}/absent").status_code == 404


def test_five_hundred_questions_go_out_and_come_back(tmp_path):
    asked = [make_question(f"q{number}", "é" * 2000) for number in range(499)]
    wide = make_section("large", *asked, scope=Scope.EVERYONE)
    path = tmp_path / "large.xlsx"
    outline = Outline((wide, BASE.sections[1]))

    write_outline(outline, path, Format.XLSX)

    assert read_outline(path, MEASURES).outline == outline


def test_too_many_questions_are_refused_in_a_sentence(tmp_path):
    asked = [make_question(f"q{number}") for number in range(500)]
    wide = make_section("large", *asked, scope=Scope.MEASURE)

    problems = Sheet(tmp_path, Outline((wide, BASE.sections[1]))).problems()

    assert "le questionnaire a 501 questions, la limite est de 500" in problems[0][3]


def test_question_added_in_the_sheet_is_added(sheet):
    last = sheet.book["Questions"].max_row + 1
    values = {"section": "avis", "code": "neuf", "kind": "date", "label": "Depuis quand ?"}
    for key, value in values.items():
        sheet.put(last, key, value)

    read = read_outline(sheet.saved(), MEASURES)

    asked = make_question("neuf", "Depuis quand ?", QuestionKind.DATE)
    assert read.outline == with_question(BASE, "avis", asked)


def test_errors_of_many_rows_are_gathered_once(tmp_path, monkeypatch):
    """Else a file of twenty thousand wrong rows takes twenty seconds."""
    path, calls = tmp_path / "questionnaire.xlsx", []
    gathered = reader._rows_with_problems
    monkeypatch.setattr(
        reader,
        "_rows_with_problems",
        lambda sheet: calls.append(sheet) or gathered(sheet),
    )
    with xlsxwriter.Workbook(str(path)) as book:
        for name, columns in ((QUESTIONS_SHEET, QUESTION_COLUMNS), (OPTIONS_SHEET, OPTION_COLUMNS)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, [column.header for column in columns])
            for row in range(1, 30):
                sheet.write_row(row, 0, [f"x y{row}"] * len(columns))

    with pytest.raises(SheetRefused):
        reader.read_outline(path, {})

    assert len(calls) == 2
