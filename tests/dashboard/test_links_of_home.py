"""Home of an organiser: twenty links at most, however much waits."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from consultation.accounts.models import Role
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.plan import queries
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.questionnaires.outline import store, structure
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.exports.builders import respond
from tests.factories import make_round, screen_all
from tests.inbox.builders import bring_in_one
from tests.institutions.data_requests.builders import make_draft as letter_for
from tests.institutions.data_requests.builders import make_request as make_letter
from tests.institutions.replies.builders import make_reply
from tests.institutions.replies.builders import make_request as ask_institution
from tests.pages import check_page
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import make_measured_indicator, make_value
from tests.reports.builders import make_draft as make_report_draft

HOME = "/organisation/"
MOST_LINKS = 20 + 1
"""And the one that passes over the header."""
OVER = Measurement(
    MeasuredAs.NUMBER,
    WantedDirection.MORE,
    Figure(100.0, "2024"),
    midterm=Figure(150.0, "2025"),
    final=Figure(200.0, "2027"),
)
OPEN, CLOSED, PREPARED = (-25, 3), (-25, -1), (5, 9)
"""When a round opened and closes, in days from now: a week before its end, and after it."""


@pytest.fixture
def settings(settings):
    return settings | {
        "RATE_LIMITS": False, "CADA_SILENCE_DELAY": "1 mois", "CADA_REFERRAL_DELAY": "12 mois",
    }  # fmt: skip


def with_a_question_in_french(outline):
    section, *others = outline.sections
    first, *more = section.questions
    changed = replace(first, label={"fr": "Quel est votre avis ?"}, is_required=True)
    return replace(outline, sections=(replace(section, questions=(changed, *more)), *others))


def furnish(app, session, days):
    """Let all wait that can wait at once for an organiser."""
    opens_at, closes_at = (now() + timedelta(days=it) for it in days)
    organiser, today = make_organiser(session), in_paris(now()).date()
    for code in ("T7", "T8"):
        make_measured_indicator(session, code, OVER)
    opened = make_round(session, opens_at, closes_at, outline=structure.evaluation())
    session.commit()
    respond(session, opened, "T7", {("T7.1", "known_value"): 35.5}, organisation="Foyer du Port")
    session.commit()
    screen_all(session)
    session.commit()
    with writing(session):
        store.change(session, opened, with_a_question_in_french, now())
    # mail, and what was answered
    bring_in_one(session, app)
    bring_in_one(session, app, subject="Urgent").has_danger_words = True
    session.commit()
    # the plan: letters, values, replies, the report
    for name, sent in (("Une direction", None), ("Une agence", today - timedelta(days=90))):
        make_letter(session, organiser, letter_for(session, institution=name), sent=sent)
    make_value(session, organiser, queries.stored_indicator(session, "T7.1"))
    make_reply(session, ask_institution(session, app, organiser))
    with time_machine.travel(now() - timedelta(days=40), tick=False):
        ask_institution(session, app, organiser, "T8", due_on=today - timedelta(days=5))
    make_report_draft(session, organiser)
    # decisions: one that is published, another that waits in an edition
    first, second = (indicator_subject(session, f"{code}.1") for code in ("T7", "T8"))
    make_edition(session, organiser, make_decision(session, organiser, first))
    decided = make_decision(session, organiser, second)
    with writing(session):
        editions.prepare(Work(session, organiser, now()), {"fr": "Suite"}, None, [decided.id], None)


def unfolded_links(page):
    text = re.sub(r"<details(?![^>]*\sopen).*?</details>", "", page, flags=re.DOTALL)
    return re.findall(r"<a\s[^>]*href=\"([^\"]+)", text)


@pytest.mark.parametrize(
    ("days", "fewest", "at_once"),
    [(OPEN, 16, 6), (CLOSED, 15, 6), (PREPARED, 13, 3)],
    ids=["open", "closed", "prepared"],
)
def test_home_of_an_organiser_has_twenty_links_at_most_whatever_waits(
    app, session, days, fewest, at_once
):
    furnish(app, session, days)
    page = text_of(signed_in(app, session, "lou@exemple.fr", Role.ORGANISER).get(HOME))

    check_page(page)
    listed = page.partition('id="today-title"')[2].partition("</section>")[0]
    unfolded, _, folded = listed.partition("<details")
    assert listed.count("<li") >= fewest
    assert (unfolded.count("<li"), folded.count("<li")) == (at_once, listed.count("<li") - at_once)
    assert len(unfolded_links(page)) <= MOST_LINKS, unfolded_links(page)


@pytest.mark.parametrize("days", [OPEN, CLOSED], ids=["open", "closed"])
def test_danger_and_what_is_settled_once_for_all_come_first(app, session, days):
    furnish(app, session, days)
    everybody = text_of(signed_in(app, session, "lou@exemple.fr", *Role).get(HOME))

    sentences = re.findall(r"<li[^>]*><span>(.*?)</span>", everybody)

    assert "danger" in sentences[0]
    assert (
        sentences[1]
        .partition(" : ")[2]
        .startswith("ce que le site dit du collectif, la personne à")
    )
