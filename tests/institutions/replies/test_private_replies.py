"""Before publication a reply is read by the team and by its link, nowhere else."""

import html
import re
from datetime import date

import pytest

from consultation.institutions.replies import requests
from consultation.plan.models import Assessor, Level
from consultation.plan.statuses.assessments import Assessment
from consultation.questionnaires.models import Round
from consultation.spreadsheets.writer import Format
from consultation.token_addresses import is_token_address
from consultation.web.permissions import Permission
from tests.exports.reading import bytes_of, make
from tests.institutions.replies.builders import act, link_to, make_over, make_reply, make_request

CANARIES = {
    "institution": "zkinstitutionq",
    "judgement": "zkjudgementq",
    "text": "zktextq",
    "signature": "zksignatureq",
}
ARGUMENTS = {"code": "T7", "indicator_code": "T7.1", "slug": "membres", "extension": "csv"}
STEPS = re.compile(r'href="(/[^"#]*)"')


@pytest.fixture
def row(session, app, actor):
    evidence = {"fr": CANARIES["judgement"]}
    row = make_request(
        session, app, actor, institution=CANARIES["institution"],
        judgement=Assessment(
        assessor=Assessor.COLLECTIVE,
        assessed_on=date(2026, 10, 1),
        level=Level.DONE,
        evidence=evidence,
    ),
    )  # fmt: skip
    make_reply(session, row, text=CANARIES["text"], signature=CANARIES["signature"])
    return row


def public_addresses(app):
    """Every public page, feed and file that needs no token, in both languages."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        is_public = getattr(view, "permission", None) is Permission.PUBLIC
        if "GET" not in rule.methods or not is_public or is_token_address(rule.rule):
            continue
        path = re.sub(
            r"<(?:\w+(?:\([^>]*\))?:)?(\w+)>", lambda it: ARGUMENTS.get(it[1], "1"), rule.rule
        )
        yield from (path, f"/en{path}")


def crawled(client, app):
    """The answer of each public address, and of each that one of them leads to."""
    waiting, answers = [*public_addresses(app), "/sitemap.xml", "/robots.txt"], {}
    while waiting:
        path = waiting.pop()
        if path in answers or is_token_address(path) or path.endswith("/quitter"):
            continue
        page = client.get(path)
        answers[path] = html.unescape(page.get_data().decode("latin-1"))
        if page.mimetype == "text/html":
            waiting += [
                html.unescape(it) for it in STEPS.findall(page.text) if "/static/" not in it
            ]
    return answers


def found_in(texts):
    return {
        (place, name)
        for place, text in texts.items()
        for name, canary in CANARIES.items()
        if canary in text
    }


def test_team_and_link_holder_read_what_nobody_else_does(app, session, actor, staff, client, row):
    for page in (
        staff.get(f"/organisation/reponses/{row.public_id}"),
        client.get(link_to(row)),
    ):
        assert [it for it in CANARIES.values() if it not in page.text] == []

    answers = crawled(client, app)

    assert len(answers) > 40
    assert "/mesures/T7" in answers
    assert found_in(answers) == set()


def test_reply_is_in_no_workbook_before_it_is_published(app, session, row, tmp_path):
    opened = session.query(Round).one()
    workbooks = {
        format_.value: bytes_of(make(session, opened, tmp_path, format_).path).decode("latin-1")
        for format_ in (Format.XLSX, Format.ODS)
    }

    assert found_in(workbooks) == set()


def test_reply_is_public_once_its_judgement_is(app, session, actor, client, row, traveller):
    make_over(traveller, row)
    assert found_in(crawled(client, app)) == set()

    act(session, actor, row, requests.publish)

    places = found_in(crawled(client, app))
    assert {("/mesures/T7", name) for name in CANARIES} <= places
    assert {("/en/mesures/T7", name) for name in CANARIES} <= places
