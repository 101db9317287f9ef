"""What comes next: on each page that ends something, and only what its reader may do."""

import html
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from flask import url_for

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.institutions.replies import requests
from consultation.jobs import queue
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.queries import measure_by_code
from consultation.plan.workbook.writer import write_draft
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
)
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.institutions.data_requests.builders import SENT, happen, make_draft
from tests.institutions.data_requests.builders import make_request as make_letter
from tests.institutions.replies.builders import act, make_reply
from tests.institutions.replies.builders import make_request as ask_institution
from tests.invitations.builders import (
    Browser,
    make_group,
    make_invitee,
    make_mailing,
    send_all,
    start,
)
from tests.pages import check_page
from tests.plan.builders import make_draft as make_plan
from tests.plan.builders import make_indicator_draft, make_measure_draft
from tests.plan.forms import form_in
from tests.plan.pages import signed_in
from tests.plan.test_import_pages import send as send_plan
from tests.plan.values.builders import make_measured_indicator
from tests.reports.builders import make_draft as make_report_draft
from tests.reports.builders import make_report
from tests.results.publishing_builders import publish

ENDINGS = {}
"""What makes the state in which a page ends something, with the pages that it then leads to."""


def ending(*endpoints):
    def register(make):
        ENDINGS[make.__name__] = (make, list(endpoints))
        return make

    return register


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def site(app, session, tmp_path):
    """What an ending is made of: the measure T7, and an organiser with a browser."""
    make_measured_indicator(session)
    session.commit()
    email = "lou@exemple.fr"
    account = make_account(session, email, Role.ORGANISER)
    browser = Browser(app)
    browser.enter(email)
    actor = StaffActor(account, email, frozenset({Role.ORGANISER}))
    return SimpleNamespace(app=app, session=session, browser=browser, actor=actor, folder=tmp_path)


def published_reply(site):
    row = ask_institution(site.session, site.app, site.actor)
    make_reply(site.session, row)
    seen, late = requests.state_of(row), now() + timedelta(days=30)
    with writing(site.session):
        requests.publish(Work(site.session, site.actor, late), row.public_id, seen)
    return url_for("replies.detail", public_id=row.public_id)


@ending("replies.board", "statuses.board", "staff_reports.page")
def reply_published(site):
    return published_reply(site)


@ending("replies.board", "statuses.board")
def reply_request_withdrawn(site):
    row = ask_institution(site.session, site.app, site.actor)
    act(site.session, site.actor, row, requests.withdraw)
    return url_for("replies.detail", public_id=row.public_id)


def letter(site, *kinds):
    made = make_letter(site.session, site.actor, make_draft(site.session))
    for kind in kinds:
        happen(site.session, site.actor, made, kind, SENT)
    return url_for("data_requests.details", public_id=made.public_id)


@ending("data_requests.board", "backlog.page")
def letter_gone(site):
    return letter(site, RequestEventKind.REQUESTED)


@ending("values.board", "data_requests.board", "backlog.page")
def letter_answered(site):
    return letter(site, RequestEventKind.REQUESTED, RequestEventKind.ANSWERED)


@ending("data_requests.board", "backlog.page")
def letter_refused(site):
    return letter(site, RequestEventKind.REQUESTED, RequestEventKind.REFUSED)


def ordered(site, page, **fields):
    """Order a file from its page, and let the worker make it."""
    site.browser.get(page)
    address = site.browser.post(page, fields).location
    queue.run_due(site.session())
    return address


@ending("overview.board_page", "decisions.board_page", "exporting.exports")
def workbook_ready(site):
    respond(site.session, make_round(site.session), "T7", {"suggestions": "Où ?"})
    return ordered(site, url_for("exporting.exports"), tour="tour-1", format="xlsx")


@ending("invitations.overview")
def list_of_contacts_ready(site):
    respond(site.session, make_round(site.session), "T7", {"suggestions": "Où ?"})
    return ordered(site, url_for("contact_lists.lists"), tour="tour-1", format="xlsx")


def edition(site):
    decided = make_decision(site.session, site.actor, indicator_subject(site.session, "T7.1"))
    return make_edition(site.session, site.actor, decided)


def document(site, number):
    fields = {"edition": number, "depuis": "", "format": "html", "langue": "fr"}
    return ordered(site, url_for("staff_documents.page"), **fields)


@ending("news.edition", "staff_documents.page")
def document_of_an_edition_ready(site):
    return document(site, str(edition(site).number))


@ending("editions.page", "staff_documents.page")
def document_of_the_plan_ready(site):
    return document(site, "")


@ending("editions.page", "staff_documents.page")
def everything_decided(site):
    make_round(site.session, now() - timedelta(days=9), now() - timedelta(days=1))
    site.session.commit()
    make_decision(site.session, site.actor, indicator_subject(site.session, "T7.1"))
    return url_for("decisions.board_page", etat="a-decider")


@ending("editor.current", "rounds.rounds")
def plan_imported(site):
    path = site.folder / "plan.xlsx"
    write_draft(make_plan(make_measure_draft("1", make_indicator_draft("1.1"))), path, Format.XLSX)
    sent = send_plan(site.browser, path.read_bytes())
    form = form_in(site.browser.get(sent.location), "confirmer")
    confirmed = form | {"gone": "1"}
    return site.browser.post(f"{sent.location}/confirmer", confirmed).location


@ending("messages.new", "contacts_import.import_page")
def contacts_imported(site):
    rows = ["jeanne@exemple.fr;Jeanne"]
    return site.browser.send_list(rows, new_group="Juristes").location


def round_page(site, *moments):
    made = make_round(site.session, *(now() + timedelta(days=it) for it in moments))
    return url_for("rounds.round_page", code=made.code)


@ending("invitations.overview", "site_texts.site")
def round_announced(site):
    return round_page(site, 5, 9)


@ending("invitations.overview", "coverage.board")
def round_open(site):
    return round_page(site, -5, 9)


@ending("overview.board_page", "publishing_results.measures", "decisions.board_page",
        "exporting.exports")  # fmt: skip
def round_closed(site):
    return round_page(site, -9, -1)


@ending("rounds.round_page")
def questionnaire_published(site):
    make_round(site.session)
    return url_for("publication.changes", code="tour-1")


@ending("coverage.board", "inbox.messages")
def mailing_finished(site):
    group, opened = make_group(site.session), make_round(site.session)
    make_invitee(site.session, group)
    mailing = make_mailing(site.session, opened, group)
    start(site.session, mailing)
    send_all(site.session, site.app)
    return url_for("mailings.mailing", public_id=mailing.public_id)


@ending("coverage.board")
def inbox_empty(_site):
    return url_for("inbox.messages")


@ending("publishing_results.measures", "decisions.board_page")
def figures_public(site):
    opened, measure = make_round(site.session), measure_by_code(site.session, "T7")
    site.session.commit()
    publish(site.session, opened, measure.id)
    return url_for("publishing_results.preview", code="T7")


@ending("value_publication.page")
def proposed_values_examined(_site):
    return url_for("proposed_values.board")


@ending("statuses.board", "replies.board", "staff_reports.page")
def values_public(_site):
    return url_for("value_publication.page")


@ending("replies.board", "staff_reports.page")
def measures_judged(site):
    status = MeasureStatus(
        measure_id=make_measure(site.session, "T9").id,
        assessed_on=date(2026, 1, 1),
        assessor=Assessor.STATE,
        level=Level.ENGAGED,
    )
    site.session.add(status)
    return url_for("statuses.board")


@ending("staff_reports.page")
def replies_all_public(site):
    published_reply(site)
    return url_for("replies.board")


@ending("replies.board")
def report_that_another_person_publishes(site):
    site.app.config["TWO_MODERATORS"] = True
    make_report_draft(site.session, site.actor)
    return url_for("staff_reports.preview")


@ending("news.report")
def report_published(site):
    make_report(site.session, site.actor)
    return url_for("staff_reports.page")


@ending("reports.report", "reports.file", "plan_overview.plan", "report_verification.page",
        "staff_reports.page")  # fmt: skip
def report_to_spread(site):
    make_report(site.session, site.actor)
    return url_for("news.report")


@ending("public_decisions.decisions", "documents.page", "messages.new", "decisions.board_page")
def edition_published(site):
    return url_for("editions.edition", number=edition(site).number)


def begin_evaluation(browser):
    browser.get("/organisation/evaluer")
    browser.post("/organisation/evaluer/commencer")


def next_steps(page):
    """The addresses to which a page leads from its ending."""
    listed = page.text.partition('<ul class="next-steps">')[2].partition("</ul>")[0]
    return [html.unescape(it) for it in re.findall(r'href="([^"]+)"', listed)]


@pytest.mark.parametrize("name", ENDINGS)
def test_page_that_ends_something_leads_to_what_comes_next(app, site, name):
    make, endpoints = ENDINGS[name]
    begin_evaluation(site.browser)
    with app.test_request_context():
        address = make(site)
    site.session.commit()

    page = site.browser.get(address)

    addresses = next_steps(page)
    check_page(page.text)
    assert page.text.count(">Et maintenant</h2>") == 1
    known = app.url_map.bind("localhost")
    assert [known.match(it.partition("?")[0])[0] for it in addresses] == endpoints
    assert [it for it in addresses if site.browser.get(it).status_code >= 400] == []


@pytest.mark.parametrize(
    ("role", "addresses"),
    [(Role.MODERATOR, ["/moderation"]), (Role.ORGANISER, ["/organisation/couverture"])],
)
def test_page_leads_nobody_where_they_may_not_go(app, session, role, addresses):
    browser = signed_in(app, session, "ada@exemple.fr", role)

    assert next_steps(browser.get("/organisation/courrier")) == addresses
