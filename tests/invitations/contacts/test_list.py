"""Contact lists: each error with its place and remedy; one refuses the list."""

import time

import pytest

from consultation.crypto.keyring import keyring
from consultation.invitations.contacts import workbook
from consultation.invitations.contacts.importer import read_invitees
from consultation.invitations.contacts.record import EARLIER_LABELS, Vocabularies, Vocabulary
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import structure
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, write_workbook
from tests.invitations.builders import HEADER

MEASURES = {7: "T7", 9: "T9", 12: "12", 11: "1.1"}
VOCABULARIES = Vocabularies(
    *(
        Vocabulary(
            thing,
            {
                code: label["fr"]
                for code, label in structure.destination_labels(destination).items()
            },
            EARLIER_LABELS,
        )
        for thing, destination in (
            ("une qualité", Destination.CAPACITY),
            ("un territoire", Destination.TERRITORY),
        )
    )
)
GOOD = "jeanne@exemple.fr;Jeanne Été;Foyer d’accueil 🙂;Justice;Bretagne;français;T7"


@pytest.fixture(autouse=True)
def keys(keys_dir):
    keyring.load(keys_dir)


@pytest.fixture
def read(tmp_path):
    """Read a CSV with these rows under the usual header."""

    def reader(*rows, header=HEADER, name="liste.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        return read_invitees(path, MEASURES, VOCABULARIES)

    return reader


@pytest.fixture
def errors(read):
    """Read a file that is refused, and return the sentences of its errors."""

    def reader(*rows, **options):
        with pytest.raises(SheetRefused) as refused:
            read(*rows, **options)
        return [problem.sentence for problem in refused.value.problems]

    return reader


def test_row_says_everything_of_a_contact(read):
    (draft,) = read(GOOD).drafts

    assert draft.address == "jeanne@exemple.fr"
    assert draft.name == "Jeanne Été"
    assert draft.organisation == "Foyer d’accueil 🙂"
    assert (draft.capacity, draft.territory, draft.locale) == ("justice", "bretagne", "fr")
    assert draft.measures == (7,)


def test_address_alone_is_enough(read):
    (draft,) = read("jeanne@exemple.fr", header="Adresse").drafts

    assert (draft.name, draft.capacity, draft.locale, draft.measures) == (None, None, None, ())


@pytest.mark.parametrize(
    ("row", "key", "expected"),
    [
        ("a@b.fr;;;titulaire d'un mandat electif;;;", "capacity", "elected_representative"),
        ("a@b.fr;;;labour_inspection;;;", "capacity", "labour_inspection"),
        ("a@b.fr;;;;ILE-DE-FRANCE;;", "territory", "ile_de_france"),
        ("a@b.fr;;;;;Anglais;", "locale", "en"),
        ("a@b.fr;;;;;EN;", "locale", "en"),
        ("a@b.fr;;;;;;t9, T7 ,t9", "measures", (9, 7)),
        ('a@b.fr;;;;;;"T7;12"', "measures", (7, 12)),
        ("a@b.fr;'=1+1;;;;;", "name", "=1+1"),
    ],
)
def test_words_are_understood_as_people_write_them(read, row, key, expected):
    (draft,) = read(row).drafts

    assert getattr(draft, key) == expected


@pytest.mark.parametrize(
    ("row", "place", "what", "remedy"),
    [
        (";Jeanne;;;;;", "Adresse", "la cellule est vide", "Remplissez-la"),
        ("jeanne;;;;;;", "Adresse", "« jeanne » n'est pas une adresse", "prenom@association.fr"),
        ("a@b.fr, c@d.fr;;;;;;", "Adresse", "n'est pas une adresse complète", "une seule"),
        ("Jeanne <a@b.fr>;;;;;;", "Adresse", "n'est pas une adresse", "sans rien autour"),
        ("no-reply@b.fr;;;;;;", "Adresse", "l'adresse d'un automate", "d'une personne"),
        ("a@b.fr;" + "é" * 121 + ";;;;;", "Nom", "121 caractères", "Raccourcissez"),
        ("a@b.fr;12;;;;;", "Nom", "un nombre (12)", "toutes lettres"),
        ("a@b.fr;;;Justise;;;", "Qualité", "« Justise » n'est pas une qualité", "« Justice »"),
        ("a@b.fr;;;;Atlantide;;", "Territoire", "n'est pas un territoire", "le modèle"),
        ("a@b.fr;;;;;allemand;", "Langue", "n'est pas une langue du site", "peut aussi"),
        ("a@b.fr;;;;;;T7, T77, X", "Mesures", "« T77 », « X »", "Écrivez les codes"),
        ("a@b.fr;#REF!;;;;;", "Nom", "donne une erreur (#REF!)", "Corrigez la formule"),
    ],
)
def test_error_names_its_row_its_column_and_its_remedy(errors, row, place, what, remedy):
    (sentence,) = errors(GOOD, row)

    assert sentence.startswith(f"« liste.csv », ligne 3, colonne « {place} » : ")
    assert what in sentence
    assert remedy in sentence


def test_rows_of_one_mailbox_are_one_contact_that_the_first_decides(read):
    contacts = read(
        "j.e.anne@gmail.com;Jeanne;;T7",
        GOOD.partition(";")[0] + ";;;",
        "JEANNE+plan@gmail.com;Jeanne Été;Foyer;T9, T7",
        header="Adresse;Nom;Organisation;Mesures",
    )

    first, other = contacts.drafts
    assert contacts.repeated == [4]
    assert (first.address, first.name, first.organisation) == (
        "j.e.anne@gmail.com", "Jeanne", "Foyer"
    )  # fmt: skip
    assert first.measures == (7, 9)
    assert other.address == "jeanne@exemple.fr"


@pytest.mark.parametrize(
    "header",
    [
        "Email;Nom;Structure",
        "E-MAIL;Nom complet;Organisme",
        "Mail;Nom;Association",
        "Courriel;Nom;Organisation",
        "adresse electronique;Nom et prénom;Institution",
    ],
)
def test_columns_are_known_by_the_names_that_people_give_them(read, header):
    (draft,) = read("jeanne@exemple.fr;Jeanne Été;Foyer", header=header).drafts

    assert (draft.address, draft.name, draft.organisation) == (
        "jeanne@exemple.fr", "Jeanne Été", "Foyer"
    )  # fmt: skip


def test_postal_address_beside_a_mail_address_is_not_read(read):
    contacts = read("4 rue du Port;jeanne@exemple.fr", header="Adresse;Email")

    assert contacts.drafts[0].address == "jeanne@exemple.fr"
    assert contacts.unread == ["Adresse"]


def test_first_name_of_its_own_column_stands_before_the_name(read):
    contacts = read(
        "Jeanne;Été;jeanne@exemple.fr", ";Martin;paul@exemple.fr", header="Prénom;Nom;Email"
    )

    assert [draft.name for draft in contacts.drafts] == ["Jeanne Été", "Martin"]


@pytest.mark.parametrize("word", ["Élu·e", "ÉLU(E)", "élue", "elected_representative"])
def test_labels_of_older_files_are_understood(read, word):
    (draft,) = read(f"jeanne@exemple.fr;{word}", header="Adresse;Qualité").drafts

    assert draft.capacity == "elected_representative"


def test_all_errors_come_at_once_in_the_order_of_the_rows(errors):
    sentences = errors("x;;;Roi;;;T99", GOOD, "y")

    assert [sentence.split(" : ")[0][-30:].split("ligne ")[1] for sentence in sentences] == [
        "2, colonne « Adresse »",
        "2, colonne « Qualité »",
        "2, colonne « Mesures »",
        "4, colonne « Adresse »",
    ]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("Téléphone;Nom", "il manque la colonne « Adresse »"),
        ("Adresse;Nom;nom", "une colonne figure « Nom » deux fois"),
    ],
)
def test_unreadable_header_is_an_error(errors, header, what):
    assert what in errors("a@b.fr;Jeanne", header=header)[0]


def test_empty_list_is_an_error(errors):
    assert "aucun contact n'est rempli" in errors("")[0]


def test_columns_of_one_s_own_are_told_and_left_alone(read):
    assert read("a@b.fr;06", header="Adresse;Téléphone").unread == ["Téléphone"]


def test_file_that_is_no_workbook_is_refused_in_its_own_words(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")

    with pytest.raises(SheetRefused, match=r"« photo\.png »"):
        read_invitees(path, {}, VOCABULARIES)


def write(path, rows, name="Contacts", format=Format.XLSX, others=()):
    columns = [Column(header) for header in HEADER.split(";")]
    write_workbook([Table(name, columns, lambda: rows), *others], path, format)
    return path


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_workbook_may_hold_codes_as_numbers(tmp_path, format):
    row = ["a@b.fr", "Jeanne", None, None, None, None, 12]
    other = ["c@d.fr", None, None, None, None, None, 1.1]
    path = write(tmp_path / f"liste.{format}", [row, other], "Feuille1", format)

    drafts = read_invitees(path, MEASURES, VOCABULARIES).drafts

    assert [draft.measures for draft in drafts] == [(12,), (11,)]


def test_fault_of_a_workbook_names_its_sheet(tmp_path):
    path = write(tmp_path / "liste.xlsx", [["a", None, None, None, None, None, None]])

    with pytest.raises(SheetRefused, match="feuille « Contacts », ligne 2"):
        read_invitees(path, MEASURES, VOCABULARIES)


def test_workbook_of_several_sheets_needs_one_of_that_name(tmp_path):
    other = Table("Notes", [Column("Note")], lambda: [["x"]])
    path = write(tmp_path / "liste.xlsx", [], "Listes", others=[other])

    with pytest.raises(SheetRefused, match="feuilles trouvées : « Listes », « Notes »"):
        read_invitees(path, MEASURES, VOCABULARIES)


def test_template_once_filled_is_read(tmp_path):
    path = tmp_path / "modele.xlsx"
    workbook.write_template(path, VOCABULARIES)

    sheets = read_workbook(path).sheets

    assert sheets["Contacts"][0] == HEADER.split(";")
    assert any("Hauts-de-France" in str(row) for row in sheets["Explications"])
    with pytest.raises(SheetRefused, match="aucun contact n'est rempli"):
        read_invitees(path, MEASURES, VOCABULARIES)


def test_of_five_thousand_rows_the_forty_bad_ones_are_all_listed(errors):
    rows = [
        f"personne{number}@exemple.fr;Jeanne Été;Association;Justice;Bretagne;français;T7, T9"
        if number % 125
        else f"personne{number};Jeanne;;;;;"
        for number in range(5000)
    ]

    started = time.process_time()
    sentences = errors(*rows)

    assert len(sentences) == 40
    assert "ligne 127" in sentences[1]
    assert time.process_time() - started < 5
