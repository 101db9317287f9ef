"""A record whose fields are described once: its controls, its file, its JSON."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from consultation.i18n import N_, Labelled, Localized
from consultation.records.controls import RecordForm, control_of, controls_of
from consultation.records.fields import (
    FieldKind,
    choice,
    described,
    line,
    paragraphs,
    public_json,
    public_names,
    record,
    translated,
)
from consultation.records.files import column_of, file_fields, texts_of, values_of
from consultation.records.kinds import DAY, LINK
from consultation.spreadsheets.reader.rows import Holds, Sheet, Source, columns_of
from consultation.web.forms import LineField


class Weight(Labelled):
    LIGHT = "light", N_("léger")
    HEAVY = "heavy", N_("lourd")


@record
class Parcel:
    """A record of every kind of field."""

    sender: str = described(line(20), "Qui l'envoie", header="Expéditeur", missing="Dites qui.")
    weight: Weight | None = described(
        choice(Weight, "aucun poids ne s'appelle"), "Poids", blank="Pas pesé", default=None
    )
    sent_on: date | None = described(DAY, "Envoyé le", default=None)
    link: str | None = described(LINK, "Lien", default=None)
    content: Localized | None = translated(line(40), "Contenu", default=None)
    note: str = described(paragraphs(30), "Note", is_public=False, default="")


class ParcelForm(RecordForm):
    record = Parcel


class CountedParcelForm(ParcelForm):
    count = LineField("Combien")


@record(kw_only=False)
class Stamp:
    """A record whose values may be given in their order, the first one in any case."""

    title: Localized = translated(line(9, Holds.LINE), "Titre", missing="Donnez le titre.")
    motif: Localized | None = translated(line(9), "Motif", default=None)


class StampForm(RecordForm):
    record = Stamp

    @classmethod
    def make_control(cls, name, tag):
        return control_of(Stamp, name, tag, render_kw={"lang": tag})


PARCEL = Parcel(
    sender="Lou",
    weight=Weight.HEAVY,
    sent_on=date(2026, 6, 30),
    link="https://a.fr/",
    content={"fr": "Livres", "en": "Books"},
    note="un\n",
)
FIELDS = file_fields(Parcel, {})


def form_of(**typed):
    return ParcelForm(MultiDict({"sender": "Lou"} | typed))


def row_of(**cells):
    columns = columns_of(FIELDS)
    headers = {column.key: column.header for column in columns}
    problems = []
    rows = [[headers[name] for name in cells], list(cells.values())]
    sheet = Sheet(Source("colis.csv", None, rows), columns, problems)
    return sheet.read(next(iter(sheet.raw_rows()))), problems


def test_form_has_a_control_for_each_field_in_their_order():
    form = ParcelForm()

    assert [it.name for it in form] == [
        "sender", "weight", "sent_on", "link", "content", "content_en", "note",
    ]  # fmt: skip
    assert form.weight.choices == [("", "Pas pesé"), ("light", "léger"), ("heavy", "lourd")]
    assert form.sender.label.text == "Qui l'envoie"
    assert form.content_en.label.text == "Contenu, en anglais"


def test_form_that_extends_another_shows_the_controls_of_that_one_first():
    names = [it.name for it in ParcelForm()]

    assert [it.name for it in CountedParcelForm()] == [*names, "count"]


def test_form_makes_its_controls_in_its_own_way():
    form = StampForm(MultiDict({"motif": "Coq"}))

    assert [it.render_kw["lang"] for it in form] == ["fr", "en", "fr", "en"]
    assert not form.validate()
    assert form.errors == {"title": ["Donnez le titre."]}


def test_record_takes_values_in_their_order_and_needs_what_may_not_be_missing():
    assert Stamp({"fr": "Coq"}) == Stamp(title={"fr": "Coq"}, motif=None)
    assert file_fields(Stamp, {})[0].holds is Holds.LINE
    with pytest.raises(TypeError, match="title"):
        Stamp()


def test_what_the_controls_of_a_record_hold_is_that_record_again():
    form = ParcelForm(MultiDict(controls_of(PARCEL)))

    assert form.validate()
    assert Parcel(**form.parsed) == Parcel(**vars(PARCEL) | {"note": "un"})


class Islands:
    """Places that are stored as codes, and are known only once the site runs."""

    def choices(self):
        return [("re", "Ré")]

    def labels(self):
        return ["Ré"]


ISLAND = FieldKind(
    {"Ré": "re", "re": "re"}.__getitem__, {"re": "Ré"}.__getitem__, 20, choices=Islands()
)


@record
class Stop:
    place: str = described(ISLAND, "Île")


class StopForm(RecordForm):
    record = Stop


def test_choices_that_are_no_enumeration_are_offered_by_label_and_held_by_code():
    form = StopForm(MultiDict(controls_of(Stop(place="re"))))

    assert form.place.choices == [("", "À choisir"), ("re", "Ré")]
    assert form.validate()
    assert form.parsed == {"place": "re"}
    assert texts_of(Stop(place="re")) == {"place": "Ré"}
    assert file_fields(Stop, {})[0].choices == ("Ré",)


def test_other_controls_of_a_form_follow_those_of_its_record():
    class WeighedForm(ParcelForm):
        scale = LineField("Balance")
        place = LineField("Lieu")

    names = [it.name for it in WeighedForm()]

    assert names == [*(it.name for it in ParcelForm()), "scale", "place"]
    assert [it.name for it in WeighedForm().controls] == names[:-2]


def test_other_controls_that_come_first_stand_before_those_of_its_record():
    class WeighedForm(RecordForm):
        record = Parcel
        first = ("place",)
        scale = LineField("Balance")
        place = LineField("Lieu")

    names = [it.name for it in WeighedForm()]

    assert names == ["place", *(it.name for it in ParcelForm()), "scale"]


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"sender": ""}, "sender", "Dites qui."),
        ({"sender": "L" * 21}, "sender", "Ce texte compte 21 caractères : 20 au plus."),
        ({"weight": "énorme"}, "weight", "Choisissez dans la liste."),
        ({"sent_on": "hier"}, "sent_on", "« hier » n'est pas une date. Écrivez le jour"),
        ({"link": "a.fr"}, "link", "« a.fr » n'est pas une adresse"),
        ({"content_en": "Books"}, "content", "Écrivez aussi le texte français"),
        ({"content": "L", "content_en": "B" * 41}, "content_en", "Ce texte compte 41"),
    ],
)
def test_control_refuses_what_its_kind_refuses(typed, name, sentence):
    form = form_of(**typed)

    assert not form.validate()
    assert list(form.errors) == [name]
    assert form.errors[name][0].startswith(sentence)


def test_file_has_a_column_for_each_field():
    columns = [column_of(it) for it in columns_of(FIELDS)]

    assert [it.header for it in columns] == [
        "Expéditeur", "Poids", "Envoyé le", "Lien", "Contenu", "Note", "Contenu (anglais)",
    ]  # fmt: skip
    assert [it.choices for it in columns][1] == ("léger", "lourd")
    assert [it.may_lack for it in FIELDS] == [False] + [True] * 5


def test_column_is_known_by_each_of_its_synonyms():
    @record
    class Letter:
        sender: str = described(line(20, Holds.LINE), "Expéditeur", synonyms=("De", "Qui"))

    columns = columns_of(file_fields(Letter, {}))
    rows = [["qui", "Âge"], ["Lou", "12"]]
    sheet = Sheet(Source("lettres.csv", None, rows), columns, problems := [])
    row = sheet.read(next(iter(sheet.raw_rows())))

    assert values_of(row, Letter, {}) == {"sender": "Lou"}
    assert problems == []


def test_line_of_words_refuses_a_number():
    @record
    class Letter:
        sender: str = described(line(20, Holds.LINE), "Expéditeur")

    columns = columns_of(file_fields(Letter, {}))
    sheet = Sheet(Source("lettres.csv", None, [["Expéditeur"], ["12"]]), columns, problems := [])
    sheet.read(next(iter(sheet.raw_rows())))

    assert [it.what for it in problems] == ["un nombre (12) se trouve là où un texte est attendu"]


def test_texts_of_a_record_are_read_as_that_record_again():
    cells = texts_of(PARCEL) | {"content": "Livres", "content_en": "Books"}
    row, problems = row_of(**cells)

    assert Parcel(**values_of(row, Parcel, {})) == Parcel(**vars(PARCEL) | {"note": "un"})
    assert problems == []


def test_row_says_nothing_of_a_field_without_a_column_and_empties_that_of_a_blank_cell():
    row, _problems = row_of(sender="Lou", weight=None, note="")

    assert values_of(row, Parcel, {}) == {"sender": "Lou", "weight": None, "note": ""}


def test_row_that_a_kind_refuses_is_noted_with_what_to_do():
    row, problems = row_of(sender="Lou", weight="énorme")

    assert values_of(row, Parcel, {})["weight"] is None
    [problem] = problems
    assert (problem.column, problem.what) == ("Poids", "aucun poids ne s'appelle « énorme »")


def test_json_is_of_what_the_public_sees():
    assert public_json(PARCEL) == {
        "sender": "Lou",
        "weight": "heavy",
        "sent_on": "2026-06-30",
        "link": "https://a.fr/",
        "content": {"fr": "Livres", "en": "Books"},
    }
    assert type(public_json(PARCEL)["weight"]) is str


def test_public_names_come_in_the_order_that_is_asked_for():
    assert public_names(Parcel, first=("link",), without=("weight",)) == [
        "link",
        "sender",
        "sent_on",
        "content",
    ]
