"""The command line: what each command does, says, and how it refuses."""

import json
import os
import re
import subprocess

import openpyxl
import pytest
import sqlalchemy as sa

from consultation.accounts.audit import labels
from consultation.accounts.models import AuditEvent, Role
from consultation.cli.main import main
from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.exports import process
from consultation.files import CHECKOUT
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Measurement
from consultation.plan.models import MeasuredAs
from consultation.plan.values.models import IndicatorValue
from consultation.spreadsheets import research_archive
from consultation.spreadsheets.table import TextTooLong, TooManyRows
from tests.accounts.builders import make_account
from tests.factories import make_measure
from tests.questionnaires.rounds.builders import DESPITE

IN_PORT = {"CONSULTATION_PORT": "8188"}


def test_template_is_filled_in_previewed_and_imported(run, session, tmp_path):
    file = tmp_path / "plan.xlsx"
    assert run("plan", "template", file).exit_code == 0
    workbook = openpyxl.load_workbook(file)
    headers = [cell.value for cell in workbook["Mesures"][1]]
    row = {"Axe": "A1", "Intitulé de l'axe": "Protéger", "Code": "12", "Intitulé": "Héberger"}
    workbook["Mesures"].append([row.get(header) for header in headers])
    workbook.save(file)
    run("round", "open", *DESPITE)

    preview = run("plan", "import", file, "--dry-run")
    loaded = run("plan", "import", file)
    again = run("plan", "import", file)

    assert preview.exit_code == loaded.exit_code == again.exit_code == 0, preview.output
    assert "1 formulaire ouvert : 12" in preview.output
    assert "Rien n'a été changé." in preview.output
    assert "1 formulaire ouvert : 12" in loaded.output
    assert "2 formulaires inchangés : 12, outil" in again.output
    imported = sa.select(AuditEvent).where(AuditEvent.action == "plan_imported")
    events = session.scalars(imported.order_by(AuditEvent.id))
    noted = [(event.account_id, event.details["measures_new"]) for event in events]
    assert noted == [(None, 1), (None, 0)]


def test_file_with_errors_imports_nothing_and_lists_them(run, tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("n'importe quoi;2\n3;4\n", "utf-8")

    refused = run("plan", "import", file)

    assert refused.exit_code == 1
    assert refused.output.startswith("« plan.csv », ligne 1 : il manque les colonnes")
    assert "Ajoutez ce qui manque, écrit ainsi dans la première ligne" in refused.output
    assert "rien n'est importé" in refused.output


@pytest.fixture
def measured(session):
    """An indicator in percent, and the account that may record its values."""
    make_measure(session, "T7", indicators=1)
    version = queries.stored_indicator(session, "T7.1").version
    measurements.store(version, Measurement(MeasuredAs.PERCENTAGE), now())
    session.commit()
    make_account(session, "lou@association.fr", Role.ORGANISER)
    return session


def fill_in_values(file, **cells):
    workbook = openpyxl.load_workbook(file)
    sheet = workbook["Valeurs"]
    for place, cell in enumerate(sheet[1], start=1):
        if cell.value in cells:
            sheet.cell(2, place, cells[cell.value])
    workbook.save(file)


def values_stored(session):
    session.rollback()
    return session.scalars(sa.select(IndicatorValue.number)).all()


def test_template_of_values_is_filled_in_previewed_and_imported(run, measured, tmp_path):
    file = tmp_path / "valeurs.xlsx"
    assert run("values", "template", file).exit_code == 0
    fill_in_values(file, **{"Échéance": "étape", "Valeur": "12,5 %", "Qui la donne": "collectif"})

    preview = run("values", "import", file, "--dry-run")
    assert values_stored(measured) == []
    loaded = run("values", "import", file)
    again = run("values", "import", file)

    assert preview.exit_code == loaded.exit_code == again.exit_code == 0, preview.output
    assert "1 valeur nouvelle\n  T7.1, échéance intermédiaire : 12,5 (collectif)" in preview.output
    assert "Rien n'a été changé." in preview.output
    assert "Noté au nom de lou@association.fr." in loaded.output
    assert "1 valeur inchangée" in again.output
    assert values_stored(measured) == [12.5]


def test_values_with_mistakes_or_doubts_are_not_imported(run, measured, tmp_path):
    file = tmp_path / "valeurs.csv"
    header = "Indicateur;Pour quand;Valeur;Qui la donne"
    file.write_text(f"{header}\nT7.1;étape;n.d.;État\nT9;étape;3;État\n", "utf-8")
    wrong = run("values", "import", file)
    file.write_text(f"{header}\nT7.1;étape;140;État\n", "utf-8")
    doubtful = run("values", "import", file)
    assert values_stored(measured) == []
    confirmed = run("values", "import", file, "--confirmed")

    assert (wrong.exit_code, doubtful.exit_code, confirmed.exit_code) == (1, 1, 0)
    assert "2 points à corriger : rien n'est importé." in wrong.output
    assert (
        "T7.1, échéance intermédiaire : 140 (État) : un tel pourcentage est possible mais rare."
        in doubtful.output
    )
    assert values_stored(measured) == [140.0]


def test_values_are_recorded_in_the_name_of_one_account(run, measured, tmp_path):
    make_account(measured, "max@association.fr", Role.ORGANISER)
    make_account(measured, "ana@association.fr", Role.MODERATOR)
    file = tmp_path / "valeurs.csv"
    file.write_text("Indicateur;Pour quand;Valeur;Qui la donne\nT7.1;étape;14;État\n", "utf-8")

    unnamed = run("values", "import", file)
    other = run("values", "import", file, "--account", "ana@association.fr")
    named = run("values", "import", file, "--account", "Max@association.fr")

    assert (unnamed.exit_code, other.exit_code, named.exit_code) == (1, 1, 0)
    assert "« --account ADRESSE »" in unnamed.output
    assert "ne peut noter des valeurs" in other.output
    assert "Noté au nom de max@association.fr." in named.output


def test_plan_with_an_endless_cell_is_refused_with_a_sentence(run, tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("Code;" + "x" * 131_073)

    refused = run("plan", "import", file)

    assert refused.exit_code == 1
    assert "ligne 1 : une cellule dépasse 131 072 caractères" in refused.output


def test_filled_in_workbook_is_not_replaced_by_the_template(run, tmp_path):
    file = tmp_path / "plan.xlsx"
    file.write_text("rempli pendant deux heures", "utf-8")

    refused = run("plan", "template", file)

    assert refused.exit_code == 1
    assert "plan.xlsx existe déjà" in refused.output
    assert file.read_text("utf-8") == "rempli pendant deux heures"


@pytest.mark.parametrize(
    ("command", "name"),
    [(["plan", "template"], "absent/plan.xlsx"), (["export", "--output"], "plan.csv/out")],
)
def test_unwritable_place_is_named_in_a_sentence(run, tmp_path, command, name):
    (tmp_path / "plan.csv").touch()
    run("demo", "--measures", "1", "--responses", "1")

    refused = run(*command, tmp_path / name)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert f"{tmp_path}/{name.split('/')[0]}" in refused.output
    assert "vérifiez le chemin" in refused.output


@pytest.mark.parametrize("name", ["absent.xlsx", "plan.doc"])
def test_file_that_is_no_plan_is_refused_in_a_sentence(run, tmp_path, name):
    refused = run("plan", "import", tmp_path / name)

    assert refused.exit_code == 1
    assert refused.output.startswith(f"« {name} » est introuvable : vérifiez le nom")


@pytest.mark.parametrize(
    ("environment", "given", "port"),
    [({}, [], "8000"), (IN_PORT, [], "8188"), (IN_PORT, ["PORT=8189"], "8189")],
)
def test_make_serve_listens_where_the_links_of_other_commands_lead(environment, given, port):
    command = ["make", "-n", "serve", *given]
    path = {"PATH": os.environ["PATH"]}

    output = subprocess.run(
        command, cwd=CHECKOUT, env=path | environment, capture_output=True, text=True, check=True
    )

    assert output.stdout.rstrip().endswith(f"--host 127.0.0.1 --port {port}")


def test_rounds_open_once_and_close(run):
    opened = run("round", "open", "--closes", "2099-12-31", *DESPITE)
    twice = run("round", "open")
    closed = run("round", "close")
    again = run("round", "close")

    assert "jusqu'au 31/12/2099 à 23 h 59" in opened.output
    assert twice.exit_code == 1
    assert "déjà ouvert" in twice.output
    assert closed.exit_code == 0
    assert again.exit_code == 1


def test_publishing_without_a_round_says_what_to_do(run):
    refused = run("round", "publish")

    assert refused.exit_code == 1
    assert "page « Tours »" in refused.output


@pytest.mark.parametrize(
    ("typed", "output"),
    [
        (["blah"], "La commande 'blah' n'existe pas."),
        (["backup"], "Il manque l'argument 'FILE'."),
        (["export", "--formt", "csv"], "L'option '--formt' n'existe pas. Peut-être '--format' ?"),
        (["export", "--format", "zip"], "'zip' n'est pas l'un de ces choix"),
        (["serve", "--port", "abc"], "Valeur refusée pour '--port'"),
        (["round", "open", "a", "b"], "Des arguments de trop (a b)"),
    ],
)
def test_faulty_command_line_says_so_in_french(run, monkeypatch, typed, output):
    monkeypatch.setenv("LANGUAGE", "en")

    refused = run(*typed)

    assert refused.exit_code == 2
    assert output in refused.output
    assert "L'aide : « main" in refused.output
    assert os.environ["LANGUAGE"] == "en"


def test_no_word_of_the_help_of_any_command_is_english(run):
    for path in _paths(main):
        output = run(*path, "--help").output
        assert output.startswith("Usage : "), path
        assert not re.search(r"Show|Error|\b[Tt]he\b|exit\.", output), (path, output)


def _paths(command):
    yield []
    for name, inner in getattr(command, "commands", {}).items():
        yield from ([name, *path] for path in _paths(inner))


def test_account_is_invited_by_a_link(run):
    created = run("accounts", "create", "anne@exemple.fr", "--role", "organiser")

    assert created.exit_code == 0
    assert "https://consultation.example/connexion/bienvenue/" in created.output


def test_invalid_address_is_refused(run):
    refused = run("accounts", "create", "anne", "--role", "organiser")

    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


def test_part_of_a_demonstration_is_exported(run, session, tmp_path):
    run("demo", "--measures", "2", "--responses", "30")
    exported = run(
        "export", "--measures", "DEMO-1,outil", "--agreement", "quoted", "--anonymised",
        "--language", "en", "--output", tmp_path / "out",
    )  # fmt: skip

    [manifest] = (tmp_path / "out").glob("*.json")
    filters = json.loads(manifest.read_text("utf-8"))["filters"]
    assert exported.exit_code == 0
    assert "-anonymise-" in manifest.name
    noted = session.scalar(sa.select(AuditEvent.details).order_by(AuditEvent.id.desc()).limit(1))
    assert labels.detail_lines(noted)[:2] == ["accords : que l'on me cite", "anonymisé : oui"]
    assert filters["measures"] == ["(outil)", "DEMO-1"]
    assert (filters["agreement"], filters["anonymised"], filters["locale"]) == (
        "quoted", True, "en",
    )  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "filters"),
    [
        ([], {"complete": False, "reviewed": False}),
        (["--complete", "--reviewed"], {"complete": True, "reviewed": True}),
    ],
)
def test_short_workbook_is_exported_unless_all_sheets_are_asked_for(
    run, tmp_path, options, filters
):
    run("demo", "--measures", "1", "--responses", "3")
    exported = run("export", *options, "--output", tmp_path / "out")

    assert exported.exit_code == 0, exported.output
    [manifest] = (tmp_path / "out").glob("*.json")
    chosen = json.loads(manifest.read_text("utf-8"))["filters"]
    assert {name: chosen[name] for name in filters} == filters
    [workbook] = (tmp_path / "out").glob("*.xlsx")
    assert ("Dictionnaire" in openpyxl.load_workbook(workbook).sheetnames) is filters["complete"]


def test_unknown_measure_is_not_exported(run, tmp_path):
    run("demo", "--measures", "2", "--responses", "3")

    refused = run("export", "--measures", "DEMO-1,T99", "--output", tmp_path / "out")

    assert refused.exit_code == 1
    assert "Le plan n'a pas de mesure T99" in refused.output
    assert not (tmp_path / "out").exists()


def test_format_without_its_libraries_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr(research_archive, "LIBRARIES", ("no_such_library",))

    refused = run("export", "--format", "package", "--output", tmp_path / "out")

    assert refused.exit_code == 1
    assert "--require-hashes --no-deps -r .pins/research.txt" in refused.output


@pytest.mark.parametrize(
    "refusal",
    [TooManyRows("Avis"), research_archive.TooManyForSpss("Avis"), TextTooLong("Avis", "A", 2)],
)
def test_workbook_that_its_format_cannot_hold_is_refused_in_a_sentence(
    run, tmp_path, monkeypatch, refusal
):
    def refuse(*args, **given):
        raise refusal

    monkeypatch.setattr(process, "run", refuse)
    run("demo", "--measures", "1", "--responses", "1")

    refused = run("export", "--output", tmp_path / "out")

    assert (refused.exit_code, refused.output) == (1, f"{refusal}\n")


@pytest.mark.once
def test_demonstration_is_exported(run, tmp_path):
    filled = run("demo", "--measures", "6", "--responses", "30")
    exported = run("export", "--format", "csv", "--output", tmp_path / "out")

    assert filled.exit_code == 0, filled.output
    assert "30 contributions" in filled.output
    assert "Reçues : 30" in exported.output
    assert list((tmp_path / "out").glob("*-non-relu.zip"))


def test_mail_is_tested_and_its_state_told(run, settings):
    tested = run("mail", "test", "anne@exemple.fr")
    output = run("mail", "status")

    assert tested.exit_code == 0, tested.output
    assert "Gardés sur cette machine, sans serveur d'envoi : 1" in tested.output
    assert "gardé sur cette machine : 1" in output.output
    assert run("mail", "test", "anne").exit_code == 1


def test_doctor_says_what_is_missing_and_what_to_do(run, monkeypatch):
    monkeypatch.setenv("CONSULTATION_BASE_URL", "http://127.0.0.1:8000")  # nobody is looked up

    output = run("doctor")

    assert output.exit_code == 1
    assert "ouvrez le lien que « consultation serve » donne" in output.output


def test_retention_counts_before_it_erases(run):
    assert "Rien n'a été effacé." in run("retention", "apply", "--dry-run").output
    assert run("retention", "apply").exit_code == 0


def test_unreadable_setting_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("CONSULTATION_MAIL_PORT", "vingt-cinq")

    refused = run("doctor")

    assert refused.exit_code == 1
    assert "CONSULTATION_MAIL_PORT" in refused.output


@pytest.mark.parametrize(
    "url", ["nimportequoi", "postgres://u@h/b", "postgresql://u@h:x/b", "mysql://u@h/b"]
)
def test_database_that_cannot_be_opened_is_refused_in_a_sentence(run, monkeypatch, url):
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", url)

    refused = run("doctor")

    assert refused.exit_code == 1
    assert refused.output.startswith("CONSULTATION_DATABASE_URL n'est pas l'adresse d'une base")


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAIL_SENDER", "Le collectif <contact@exemple.fr>"), ("MAIL_SENDER", ""),
     ("MAIL_RETURN_PATH", "retours"), ("OVERSIGHT_ADDRESS", "une@exemple.fr, deux@exemple.fr")],
)  # fmt: skip
def test_address_that_no_mail_can_bear_is_refused_in_a_sentence(run, monkeypatch, name, value):
    monkeypatch.setenv(f"CONSULTATION_{name}", value)

    refused = run("mail", "test", "jeanne@exemple.fr")

    assert refused.exit_code == 1
    assert refused.output.startswith(f"CONSULTATION_{name} n'est pas l'adresse d'une boîte")


def test_home_that_cannot_be_made_is_refused_in_a_sentence(run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CONSULTATION_HOME", str(tmp_path / "file" / "home"))

    refused = run("doctor")

    assert refused.exit_code == 1
    assert refused.output.startswith(f"{tmp_path / 'file' / 'home'} ne peut pas être lu ou écrit")


@pytest.mark.parametrize(
    "order",
    [("plan", "template", "{}/plan.xlsx"), ("export", "--output", "{}")],
)
def test_file_that_cannot_be_opened_or_made_is_named_in_a_sentence(run, tmp_path, order):
    run("demo", "--measures", "1", "--responses", "1")
    (tmp_path / "file").touch()

    refused = run(*[word.format(tmp_path / "file" / "folder") for word in order])

    assert refused.exit_code == 1
    assert str(tmp_path / "file" / "folder") in refused.output
    assert refused.output.endswith("vérifiez le chemin, ses droits et la place sur le disque.\n")


def test_tallies_are_counted_by_hand_and_checked(run, session):
    with writing(session()):
        fill.fill(session(), measures=2, responses=8, at=now())

    waits = run("results", "check")
    counted = run("results", "refresh")
    again = run("results", "refresh")
    checked = run("results", "check", "--round", "tour-1")

    assert (waits.exit_code, counted.exit_code) == (0, 0)
    assert "attendent" in waits.output
    assert counted.output.startswith("Recomptés : ")
    assert again.output == "Rien n'avait changé : tout est compté.\n"
    assert checked.exit_code == 0, checked.output
    assert checked.output.startswith("Les comptes sont ceux des réponses")


def test_check_of_tallies_fails_where_they_differ(run, settings):
    run("demo", "--measures", "2", "--responses", "8")
    run("results", "refresh")
    engine = sa.create_engine(settings["DATABASE_URL"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally SET count = count + 1 WHERE question = ''")

    checked = run("results", "check")

    assert checked.exit_code == 1
    assert "au lieu de" in checked.output


@pytest.mark.only("sqlite")
def test_database_made_by_a_command_is_nobody_else_s(run, tmp_path, monkeypatch):
    home = tmp_path / "open to all"
    home.mkdir()
    home.chmod(0o755)
    mask = os.umask(0o022)
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", f"sqlite:///{home / 'site.sqlite'}")

    run("round", "open", *DESPITE)
    after = os.umask(mask)

    assert (home / "site.sqlite").stat().st_mode & 0o777 == 0o600
    assert after == 0o022
