"""Round checklist: each point is done once the thing itself is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.audit import audit_log, labels
from consultation.accounts.models import Account, AuditEvent, Role, SecondFactor
from consultation.collective.models import SiteTextKind
from consultation.db.base import writing
from consultation.mail import outbox_actions
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.plan.models import Measure
from consultation.questionnaires.models import RoundText, RoundTextKind, StoredOutline
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import checklist, queries
from consultation.questionnaires.rounds.lifecycle import Step
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import SECRET, make_account
from tests.collective.builders import write_site
from tests.factories import make_measure
from tests.moderation.builders import make_actor
from tests.questionnaires.publishing_builders import changed, edit
from tests.questionnaires.rounds.builders import EMAIL, NOON, organiser_of, prepare, take

LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)


@pytest.fixture
def organiser(session):
    return organiser_of(session)


@pytest.fixture
def prepared(session, organiser):
    return prepare(session, organiser)


def points(session, *, has_server=True, referent="", are_keys_copied=False):
    found = queries.by_code(session, "tour-1")
    site = checklist.Site(has_server, "a@exemple.fr", referent, are_keys_copied)
    return {point.name: point for point in checklist.checklist(session, found, site)}


def note(session, action, at, subject=None, **details):
    with writing(session()):
        audit_log.record(session(), None, action, subject, details or None, at=at)


def test_round_begins_with_everything_to_do_but_the_questionnaire(session, prepared):
    found = points(session)

    assert [name for name, point in found.items() if point.is_done] == [
        "questionnaire",
        "languages",
    ]
    assert "Aucune mesure" in found["plan"].sentence
    assert not any(point.blocks for point in found.values())


def test_plan_is_loaded_when_no_shipped_theme_is_left(session, prepared):
    theme = make_measure(session, "T1", is_shipped=True)
    make_measure(session, "M1")
    session.commit()

    before = points(session)["plan"]
    with writing(session()):
        session.get(Measure, theme.id).retired_at = NOON
    after = points(session)["plan"]

    assert not before.is_done
    assert "1 sur 2 : ce sont encore les thèmes du suivi" in before.sentence
    assert after.is_done


def test_faulty_questionnaire_blocks(session, prepared):
    with writing(session()):
        session.scalars(sa.select(StoredOutline)).one().content = {"sections": []}

    point = points(session)["questionnaire"]

    assert point.blocks
    assert not point.is_done


def test_published_questionnaire_says_so(session, organiser, prepared):
    take(session, organiser, "tour-1", Step.ANNOUNCE)

    assert not store.has_changes(session, queries.by_code(session, "tour-1"))
    assert "Publié, sans changement" in points(session)["questionnaire"].sentence


def test_changes_made_once_a_round_is_announced_are_to_be_published(session, organiser, prepared):
    take(session, organiser, "tour-1", Step.ANNOUNCE)
    edit(session, prepared, lambda outline: changed(outline, "suggestions", is_required=True))
    announced = queries.by_code(session, "tour-1")

    point = points(session)["questionnaire"]

    assert announced.is_open(announced.opens_at)  # by itself, without publishing anything
    assert not point.is_done
    assert not point.blocks
    assert "le tour s'ouvre sans eux" in point.sentence


def test_notice_is_written_once_a_version_is(session, prepared):
    with writing(session()):
        session.add(
            RoundText(
                round_id=prepared.id, kind=RoundTextKind.NOTICE, number=1,
                content={"fr": "Notre notice"}, written_at=NOON,
            )
        )  # fmt: skip

    point = points(session)["notice"]

    assert point.is_done
    assert "à traduire : anglais" in point.sentence


def test_trial_counts_when_it_has_left(app, session, prepared):
    with writing(session()):
        outbox_actions.enqueue_test(session(), EMAIL, LATER)
    waiting = points(session)["mail"]

    with time_machine.travel(LATER):
        loop.deliver(session(), app.config)

    assert session.scalars(sa.select(OutboxMessage.status)).one() is MessageStatus.SENT
    assert not waiting.is_done
    assert "n'est pas encore parti" in waiting.sentence
    for has_server in (False, True):
        kept_here = points(session, has_server=has_server)["mail"]
        assert not kept_here.is_done
        assert "gardé sur cette machine" in kept_here.sentence
        assert "est parti" not in kept_here.sentence
    with writing(session()):  # as a server that takes it leaves it
        session.execute(sa.update(OutboxMessage).values(last_error=None))
    assert points(session)["mail"].is_done


def test_what_was_done_before_the_round_was_prepared_does_not_count(session, prepared):
    note(session, "backup_made", EARLIER)
    note(session, "form_previewed", EARLIER, "tour-1", width="phone")

    found = points(session)

    assert not found["backup"].is_done
    assert not found["preview"].is_done


def test_backup_and_preview_at_the_width_of_a_phone_count(session, prepared):
    note(session, "backup_made", LATER)
    note(session, "form_previewed", LATER, "tour-1", width="desktop")
    note(session, "form_previewed", LATER, "tour-9", width="phone")
    before = points(session)["preview"]

    note(session, "form_previewed", LATER, "tour-1", width="phone")

    assert not before.is_done
    assert points(session)["preview"].is_done
    assert points(session)["backup"].is_done
    assert "24/11/2026 à 13 h 00" in points(session)["backup"].sentence


def test_site_is_described_when_no_text_of_it_is_missing(session, organiser, prepared):
    before = points(session)["site"]
    for kind in set(SiteTextKind) - {SiteTextKind.HOST, SiteTextKind.MEMBERS}:
        write_site(session, organiser, kind, fr="Un texte")
    two_left = points(session)["site"]
    write_site(session, organiser, SiteTextKind.HOST, fr="Un texte")
    one_left = points(session)["site"]
    write_site(session, organiser, SiteTextKind.MEMBERS, fr="Un texte")
    after = points(session)["site"]

    assert before.sentence.startswith("Mentions légales, membres du collectif, adresse du plan")
    assert two_left.sentence == "Mentions légales, membres du collectif : à compléter."
    assert one_left.sentence == "Membres du collectif : à compléter."
    assert (before.is_done, two_left.is_done, after.is_done) == (False, False, True)


def test_referent_copied_keys_and_a_second_administrator_are_points(session, prepared):
    before = points(session)
    make_account(session, "a@exemple.fr", Role.ADMINISTRATOR)
    make_account(session, "b@exemple.fr", Role.MODERATOR)
    alone = points(session, referent="Dominique Roy", are_keys_copied=True)
    make_account(session, "c@exemple.fr", Role.ADMINISTRATOR)

    after = points(session, referent="Dominique Roy", are_keys_copied=True)

    names = ("referent", "keys", "team")
    assert [before[name].is_done for name in names] == [False, False, False]
    assert [alone[name].is_done for name in names] == [True, True, False]
    assert [after[name].is_done for name in names] == [True, True, True]
    assert "Dominique Roy" in after["referent"].sentence


def test_second_factor_of_who_organises_or_administers_is_a_point(session, organiser, prepared):
    make_account(session, "a@exemple.fr", Role.ADMINISTRATOR)
    make_account(session, "b@exemple.fr", Role.MODERATOR)
    closed = make_account(session, "c@exemple.fr", Role.ORGANISER)
    with writing(session()):
        session.get_one(Account, closed).active = False
    before = points(session)["factor"]
    with writing(session()):
        account = session.get_one(Account, organiser.id)
        account.second_factor = SecondFactor(secret=SECRET, last_counter=0, set_up_at=NOON)

    after = points(session)["factor"]

    assert before.sentence.startswith("1 compte d'organisation")
    assert (before.is_done, before.may_be_put_aside, after.is_done) == (False, True, True)


def test_second_administrator_whose_account_is_closed_does_not_count(session, prepared):
    make_account(session, "a@exemple.fr", Role.ADMINISTRATOR)
    closed = make_account(session, "b@exemple.fr", Role.ADMINISTRATOR)
    with writing(session()):
        session.get_one(Account, closed).active = False

    assert not points(session)["team"].is_done


def test_point_is_put_aside_with_a_reason_in_the_audit_log(session, organiser, prepared):
    with writing(session()):
        checklist.put_aside(
            Work(session(), organiser, NOON), prepared, "keys", "  Demain, à la banque. "
        )

    point = points(session)["keys"]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "point_put_aside"))
    event = event.one()
    assert (point.is_done, point.is_settled) == (False, True)
    assert point.reason == f"« Demain, à la banque. » (24/11/2026 à 12 h 00, {EMAIL})"
    assert (event.account_id, event.subject) == (organiser.id, "tour-1")
    assert labels.detail_lines(event.details) == [
        "nom : copie des clés", "raison : Demain, à la banque.",
    ]  # fmt: skip
    assert "keys" not in {it.name for it in checklist.open_points([*points(session).values()])}


@pytest.mark.parametrize("reason", ["", "   ", "x" * (checklist.LONGEST_REASON + 1)])
def test_point_is_not_put_aside_without_a_reason(session, organiser, prepared, reason):
    with pytest.raises(checklist.ReasonMissing), writing(session()):
        checklist.put_aside(Work(session(), organiser, NOON), prepared, "keys", reason)

    assert not points(session)["keys"].is_settled


def test_who_runs_no_rounds_puts_no_point_aside(session, prepared):
    moderator = make_actor(session)

    with pytest.raises(NotAllowed), writing(session()):
        checklist.put_aside(Work(session(), moderator, NOON), prepared, "keys", "Parce que.")
