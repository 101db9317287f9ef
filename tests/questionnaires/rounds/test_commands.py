"""Round commands: open, close and backup, as far as the pages of rounds depend on them."""

import sqlalchemy as sa

from consultation.accounts.audit import labels
from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import checklist, service
from tests.questionnaires.rounds.builders import DESPITE, organiser_of, prepare

MAIL = ("--despite", "mail")


def test_round_in_preparation_is_opened_only_by_its_code(run, session):
    prepare(session, organiser_of(session), now())

    passed_over = run("round", "open")
    unknown = run("round", "open", "--round", "tour-9")
    opened = run("round", "open", "--round", "tour-1", *DESPITE)

    assert passed_over.exit_code == 1
    assert "consultation round open --round tour-1" in passed_over.output
    assert "Aucun tour « tour-9 »" in unknown.output
    assert opened.exit_code == 0, opened.output
    assert "1 formulaire publié" in opened.output


def test_open_command_obeys_the_checklist_of_the_page(run, session):
    prepare(session, organiser_of(session), now())

    refused = run("round", "open", "--round", "tour-1", "--despite", "plan", "--despite", "mail")
    remedy = refused.stderr.splitlines()[-1].partition(" : ")[2].split()
    waits = session.scalars(sa.select(Round)).one().announced_at
    session.rollback()
    opened = run("round", "open", "--round", "tour-1", "--despite", "plan", *remedy, *remedy)
    still_refused = opened.stderr
    opened = run("round", "open", "--round", "tour-1", *remedy, "--despite", "plan", *MAIL)

    assert (refused.exit_code, waits) == (1, None)
    assert refused.stderr.startswith("9 points restent ouverts :\n- La notice sur les données")
    assert "- La sauvegarde (backup) : Aucune depuis que ce tour" in refused.stderr
    assert "(plan)" not in refused.stderr
    assert still_refused.startswith("Un point reste ouvert :\n- Le départ du courriel (mail)")
    assert opened.exit_code == 0, opened.output
    query = sa.select(AuditEvent).where(AuditEvent.action == "round_opened")
    event = session.scalars(query).one()
    assert event.account_id is None
    assert event.details["despite"] == [
        "plan", "notice", "mail", "preview", "trial", "backup", "site", "referent", "keys",
        "team", "factor",
    ]  # fmt: skip
    assert (
        "malgré : plan, notice sur les données, courriel, aperçu, réponse d'essai, sauvegarde,"
        " textes du site, personne à prévenir d'un danger, copie des clés,"
        " deuxième personne qui administre, vérification en deux étapes"
    ) in labels.detail_lines(event.details)


def test_open_command_publishes_no_broken_questionnaire(run, session, monkeypatch):
    prepare(session, organiser_of(session), now())
    monkeypatch.setattr(service, "error_count", lambda *_: 1)

    refused = run("round", "open", "--round", "tour-1", *DESPITE)

    assert refused.exit_code == 1
    assert "- Le questionnaire (questionnaire) : 1 point à corriger" in refused.stderr
    assert "--despite" not in refused.stderr


def test_names_of_points_are_those_of_the_checklist(session):
    chosen = prepare(session, organiser_of(session), now())

    site = checklist.Site(True, "a@exemple.fr", "Dominique Roy", are_keys_copied=True)
    points = checklist.checklist(session(), chosen, site)

    assert tuple(point.name for point in points) == checklist.NAMES


def test_round_in_preparation_has_nothing_to_publish_again(run, session):
    prepare(session, organiser_of(session), now())

    refused = run("round", "publish")

    assert refused.exit_code == 1
    assert "Aucun tour de consultation" in refused.output


def test_backup_is_noted_for_those_who_prepare_a_round(run, session, tmp_path, postgres_programs):
    made = run("backup", tmp_path / "copie")

    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "backup_made")).one()
    assert made.exit_code == 0
    assert event.account_id is None
    assert event.details["bytes"] > 0


def test_failed_backup_is_not_noted(run, session, tmp_path):
    (tmp_path / "copie.sqlite").write_bytes(b"")

    refused = run("backup", tmp_path / "copie.sqlite")

    assert refused.exit_code == 1
    assert session.scalars(sa.select(AuditEvent)).all() == []
