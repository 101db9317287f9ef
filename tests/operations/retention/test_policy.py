"""What goes after a round has closed: never without warning, in batches, and only what was said."""

from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports import contacts
from consultation.exports.request import ExportRequest
from consultation.invitations.models import Invitee
from consultation.jobs import erase_copies, queue
from consultation.jobs.erase_copies import last_erasure
from consultation.jobs.models import Job
from consultation.mail.models import OutboxMessage
from consultation.mail.rendering import render
from consultation.operations.doctor import checks
from consultation.operations.retention import apply as retention_apply
from consultation.operations.retention import notices, policy
from consultation.privacy import inventory
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Answer, Contact, Draft, Respondent
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.spreadsheets.writer import Format
from tests.accounts.builders import Browser, make_account
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.jobs.builders import beside, side_by_side

pytestmark = pytest.mark.database

CLOSED = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
DAYS = 100
DUE = CLOSED + timedelta(days=DAYS)
COUNT = 3


@pytest.fixture
def settings(settings):
    return settings | {"RETENTION_CONTACT_DAYS": DAYS}


@pytest.fixture
def round_(session):
    """A round that has closed, with answers, and an organiser to warn."""
    make_measure(session, "T7")
    made = make_round(session, opens_at=CLOSED - timedelta(days=60), closes_at=CLOSED)
    for number in range(COUNT):
        respond(
            session, made, "T7", {"suggestions": f"Texte {number}"},
            contact=("Jeanne", f"j{number}@exemple.fr"), organisation="Le Nid",
        )  # fmt: skip
    session.commit()
    make_account(session, "org@exemple.fr", Role.ORGANISER)
    return made


def before(days):
    return DUE - timedelta(days=days)


def warnings(session):
    session.rollback()
    remaining = sa.select(OutboxMessage.dedup_key).where(OutboxMessage.kind == "retention")
    return [key.split(":")[4] for key in session.scalars(remaining.order_by(OutboxMessage.id))]


def left(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Contact))


def apply(session, app, at, **options):
    return retention_apply.apply(session(), app.config, at, **{"dry_run": False} | options)


def test_organisers_are_warned_sixty_forty_five_and_three_days_before_once_each(
    app, session, round_
):
    counts = [
        notices.enqueue_due(session(), app.config, before(days))
        for days in (61, 60, 59, 45, 44, 3, 2, 1)
    ]

    assert counts == [0, 1, 0, 1, 0, 1, 0, 0]
    assert warnings(session) == ["60", "45", "3"]


def test_notice_says_what_goes_when_and_how_to_keep_it(app, session, round_):
    [notice] = notices.notices(session(), app.config, before(45))

    letter = render(notices.KIND, "fr", [notice], "org@exemple.fr")

    text = " ".join(letter.text.split())
    assert letter.subject.replace("\xa0", " ") == "Effacement prévu le 11 avril 2027"
    assert f"personnes qui ont répondu ({COUNT}) du tour « Première consultation »" in text
    assert "Exporter" in text
    assert "Coordonnées des personnes qui ont répondu" in text


def test_what_is_due_goes_with_its_day_and_figures_stay(app, session, round_):
    notices.enqueue_due(session(), app.config, before(60))
    apply(session, app, DUE - timedelta(hours=1))
    before_its_day = left(session)

    lines = apply(session, app, DUE)

    assert before_its_day == COUNT
    assert left(session) == 0
    assert set(session.scalars(sa.select(Respondent.organisation))) == {None}
    assert f"{COUNT} : noms, adresses, organisations et liens personnels" in "\n".join(lines)
    assert "Texte 0" in session.scalars(sa.select(Answer.text)).all()


def test_nothing_goes_without_three_days_of_notice(app, session, round_):
    """A setting written long after the closing: what is over at once is announced first."""
    late = DUE + timedelta(days=400)
    apply(session, app, late)
    unannounced = left(session)
    notices.enqueue_due(session(), app.config, late)
    apply(session, app, late + timedelta(days=2))
    too_early = left(session)

    apply(session, app, late + timedelta(days=3))

    assert (unannounced, too_early, left(session)) == (COUNT, COUNT, 0)
    assert warnings(session) == ["3"]


def test_round_that_closes_later_is_announced_again(app, session, round_):
    notices.enqueue_due(session(), app.config, before(3))
    with writing(session()):
        round_.closes_at += timedelta(days=60)

    apply(session, app, DUE)
    again = notices.enqueue_due(session(), app.config, DUE + timedelta(days=10))

    assert left(session) == COUNT
    assert again == 1


def test_without_a_period_nothing_goes_and_nobody_is_warned(app, session, round_):
    app.config["RETENTION_CONTACT_DAYS"] = 0

    counts = notices.enqueue_due(session(), app.config, DUE)
    apply(session, app, DUE + timedelta(days=4000))

    assert counts == 0
    assert left(session) == COUNT


def test_texts_go_with_their_own_period(app, session, round_):
    app.config["RETENTION_TEXT_DAYS"] = DAYS + 30
    at = DUE + timedelta(days=30)
    notices.enqueue_due(session(), app.config, at - timedelta(days=10))
    apply(session, app, DUE + timedelta(days=25))
    later = set(session.scalars(sa.select(Answer.text)))

    apply(session, app, at)

    assert ERASED_TEXT not in later
    assert set(session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None)))) == {
        ERASED_TEXT
    }


def test_contact_list_goes_with_the_last_round(app, session, round_):
    app.config["RETENTION_INVITEE_DAYS"] = DAYS
    with writing(session()):
        session.add(Invitee(address="i@exemple.fr", name="I", locale="fr", created_at=CLOSED))
    notices.enqueue_due(session(), app.config, before(10))
    with writing(session()):
        make_round(session, DUE - timedelta(days=1), DUE + timedelta(days=30), code="tour-2")
    apply(session, app, DUE)
    while_open = session.scalars(sa.select(Invitee.address)).one()
    later = DUE + timedelta(days=30 + DAYS)
    notices.enqueue_due(session(), app.config, later - timedelta(days=10))

    apply(session, app, later)

    assert while_open == "i@exemple.fr"
    assert session.scalars(sa.select(Invitee.address)).one() is None


def test_dry_run_shows_what_is_to_come_and_erases_nothing(app, session, round_):
    notices.enqueue_due(session(), app.config, before(60))

    lines = apply(session, app, DUE, dry_run=True)

    assert left(session) == COUNT
    assert any(line.endswith("à effacer le 11/04/2027") for line in lines)
    assert lines[-1] == "Rien n'a été effacé."


def test_no_copy_outlives_what_went(app, session, round_):
    notices.enqueue_due(session(), app.config, before(60))

    with time_machine.travel(DUE, tick=False):
        apply(session, app, DUE)

    [job] = session.scalars(sa.select(Job).where(Job.kind == erase_copies.KIND))
    assert datetime.fromisoformat(job.parameters["at"]) == DUE


def test_list_made_between_two_batches_goes_too(app, session, round_, monkeypatch):
    monkeypatch.setattr(policy, "BATCH", 2)
    notices.enqueue_due(session(), app.config, before(60))
    with time_machine.travel(DUE, tick=False) as clock:
        _let_one_make_a_list_after(policy.BATCH, app, clock, monkeypatch)

        apply(session, app, DUE)
        clock.shift(60)
        while queue.run_due(session()):
            pass

    assert left(session) == 0
    assert list(app.config["EXPORTS_DIR"].iterdir()) == []
    assert last_erasure(session) == len(range(0, COUNT, policy.BATCH))


def _let_one_make_a_list_after(count, app, clock, monkeypatch):
    """Each respondent takes twenty seconds, and somebody makes a list before one of them goes."""
    forgotten, expire = [], erasure.expire

    def slow(session, *given):
        clock.shift(20)
        if len(forgotten) == count:
            side_by_side(beside(app, partial(_make_a_list, app)))
        forgotten.append(expire(session, *given))

    monkeypatch.setattr(erasure, "expire", slow)


def _make_a_list(app, session):
    round_id, directory = session.scalars(sa.select(Round.id)).one(), app.config["EXPORTS_DIR"]
    contacts.write(session, ExportRequest(round_id, Format.CSV, directory, now()))


def test_interrupted_erasure_goes_on_with_what_is_left(app, session, round_, monkeypatch):
    """One batch in, the machine stops: what is committed stays gone, the rest goes next time."""
    monkeypatch.setattr(policy, "BATCH", 2)
    notices.enqueue_due(session(), app.config, before(60))
    [due] = policy.coming(session(), app.config, DUE)
    with pytest.raises(KeyboardInterrupt):
        _break_off_after(due, 2, session)
    later = left(session)

    apply(session, app, DUE)

    assert (later, left(session)) == (COUNT - 2, 0)


def _break_off_after(due, count, session):
    calls = iter(range(count + 1))

    def erase(inner, id_, at):
        if next(calls) == count:
            raise KeyboardInterrupt
        due.period.erase(inner, id_, at)

    broken = policy.Period(*[*vars(due.period).values()][:6], erase, due.period.is_of_last_round)
    policy._erase(session(), policy.Due(broken, due.round, due.count, DUE, DUE))


def test_administrators_are_warned_where_nobody_organises(app, session, round_):
    with writing(session()):
        session.execute(sa.text("UPDATE account SET active = false"))
    make_account(session, "admin@exemple.fr", Role.ADMINISTRATOR)

    notices.enqueue_due(session(), app.config, before(60))

    assert session.scalars(sa.select(OutboxMessage.recipient)).all() == ["admin@exemple.fr"]


def test_doctor_tells_what_is_to_come_and_what_is_late(app, session, round_):
    notices.enqueue_due(session(), app.config, before(60))
    with time_machine.travel(before(10), tick=False):
        coming = checks._due(session(), app.config)
    with time_machine.travel(DUE + timedelta(days=3), tick=False):
        late = checks._due(session(), app.config)

    assert (coming.is_fine, late.is_fine) == (True, False)
    assert "le 11/04/2027" in coming.says
    assert "retention apply" in late.says


@pytest.fixture
def draft(session, round_):
    """A draft that somebody has saved, and never sent."""
    form = session.scalars(sa.select(Questionnaire.id)).first()
    person = session.scalars(sa.select(Respondent.id)).first()
    session.add(Draft(respondent_id=person, questionnaire_id=form, fields="{}", saved_at=CLOSED))
    session.commit()


def drafts_left(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Draft))


def test_no_draft_goes_by_a_clock_that_jumped_before_three_days_of_notice(app, session, draft):
    jumped = CLOSED + timedelta(days=60)
    counts = []

    apply(session, app, jumped)
    counts.append(drafts_left(session))
    notices.enqueue_due(session(), app.config, jumped)
    for days in (0, 2, 3):
        apply(session, app, jumped + timedelta(days=days))
        counts.append(drafts_left(session))

    assert counts == [1, 1, 1, 0]


def test_notice_of_drafts_tells_to_look_at_the_clock_and_offers_no_copy(app, session, draft):
    on_time = CLOSED + timedelta(days=27)
    [notice] = notices.notices(session(), app.config, on_time)
    letter = render(notices.KIND, "fr", [notice], "org@exemple.fr")
    with time_machine.travel(on_time, tick=False):
        browser = Browser(app)
        browser.enter("org@exemple.fr")
        page = browser.get("/organisation/").text

    for source in (letter.text, letter.html, page):
        text = " ".join(unescape(source).replace("’", "'").split())
        assert "brouillons que personne n'a envoyés" in text
        assert "horloge" in text
        assert "une copie" not in text.partition("Effacement prévu")[2].partition("</section>")[0]
    assert "30 janvier 2027" in letter.subject.replace("\xa0", " ")


def test_end_of_drafts_takes_no_workbook_along(app, session, draft):
    notices.enqueue_due(session(), app.config, CLOSED + timedelta(days=27))
    apply(session, app, CLOSED + timedelta(days=30))

    assert drafts_left(session) == 0
    assert last_erasure(session()) == 0


def test_organisers_see_on_their_home_page_what_is_about_to_go(app, session, round_):
    make_account(session, "mod@exemple.fr", Role.MODERATOR)
    with time_machine.travel(before(30), tick=False):
        pages = {}
        for address in ("org@exemple.fr", "mod@exemple.fr"):
            browser = Browser(app)
            browser.enter(address)
            pages[address] = browser.get("/organisation/").text.replace("\xa0", " ")

    assert "Effacement prévu le 11 avril 2027" in pages["org@exemple.fr"]
    assert "Effacement prévu" not in pages["mod@exemple.fr"]


@pytest.mark.parametrize("name", ["answers", "respondent", "contact", "invitee"])
def test_notice_tells_the_period_that_is_applied(name):
    category = next(
        each for each in inventory.categories() if f"[categories.{name}]" and each.undated
        and each.columns[0].name.startswith(name.removesuffix("s"))
    )  # fmt: skip

    undated = category.kept_until({category.rule: 0})
    dated = category.kept_until({category.rule: 730})

    assert "730" not in undated["fr"]
    assert "730 jours" in dated["fr"]
    assert "730 days" in dated["en"]
    assert category.rule in {period.setting for period in policy.POLICY}
