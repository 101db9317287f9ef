"""Staff list of responses: narrowed, searched, sorted, counted, and read one after another."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account, Role
from consultation.clock import now
from consultation.moderation.models import Layer, ModeratedText, Reason, Redaction, TextState
from consultation.responses.models import Answer, Channel
from tests.accounts.builders import Browser, make_account
from tests.exports.builders import respond
from tests.factories import make_measure, make_round

LIST = "/organisation/contributions/"
QUESTION = "suggestions"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    for code in ("T4", "T7"):
        make_measure(session, code, f"Mesure {code}")
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def enter(app, session):
    def entered(*roles):
        make_account(session, "lou@association.fr", *roles)
        browser = Browser(app)
        browser.enter("lou@association.fr")
        return browser

    return entered


def make(session, opened, measure="T7", text="Bonjour.", *, state=None, masked=None, **values):
    """A response with one text; `state` is that of the text once screened."""
    superseded_at = values.pop("superseded_at", None)
    code = QUESTION if measure else "tool_suggestions"
    response = respond(session, opened, measure, {code: text}, **values)
    response.superseded_at = superseded_at
    answer_id = session.scalars(sa.select(sa.func.max(Answer.id))).one()
    if state is not None:
        session.add(
            ModeratedText(
                answer_id=answer_id, state=state, is_flagged=state is TextState.WITHHELD,
                screened_at=now(), screened_by="test",
            )
        )  # fmt: skip
        session.flush()
    if masked:
        start, actor = text.index(masked), session.scalars(sa.select(Account.id)).first()
        session.add(
            Redaction(
                answer_id=answer_id, start=start, end=start + len(masked), reason=Reason.VICTIM,
                layer=Layer.MASKED, account_id=actor, created_at=now(),
            )
        )  # fmt: skip
    public_id = response.public_id
    session.commit()
    return public_id


def listed(browser, query=""):
    page = browser.get(f"{LIST}?{query}").text
    return re.findall(rf'<th scope="row"><a href="{LIST}([^"?]+)', page)


def test_list_is_narrowed_by_what_the_address_says(session, opened, enter):
    first = make(session, opened, "T4", capacity="justice", organisation="L'Étape")
    second = make(session, opened, "T7", capacity="police", channel=Channel.MAIL)
    old = make(session, opened, "T7", capacity="citizen", superseded_at=now())
    browser = enter()

    assert listed(browser, "qualite=justice") == [first]
    assert listed(browser, "organisation=etape") == [first]
    assert listed(browser, "mesure=T4") == [first]
    assert listed(browser, "voie=mail") == [second]
    assert listed(browser, "etat=remplacee") == [old]
    assert set(listed(browser, f"tour={opened.code}")) == {first, second, old}


def test_count_tells_what_is_in_force_from_what_is_not(session, opened, enter):
    for values in ({}, {}, {"superseded_at": now()}, {"withdrawn_at": now()}):
        make(session, opened, **values)
    browser = enter()

    page = browser.get(LIST).text.replace("\u00a0", " ")
    narrowed = browser.get(f"{LIST}?etat=recue").text.replace("\u00a0", " ")

    assert "2 contributions, 1 remplacée, 1 retirée." in page
    assert "2 contributions pour ces filtres." in narrowed


def test_columns_sort_and_a_response_leads_to_its_neighbours(session, opened, enter):
    day = timedelta(days=1)
    rows = [("T7", "b", 0), ("T4", "c", 1), (None, "a", 2)]
    names = [
        make(session, opened, measure, organisation=organisation, at=now() - (5 - number) * day)
        for measure, organisation, number in rows
    ]
    of_t7, of_t4, of_tool = names
    browser = enter()

    assert listed(browser) == [of_tool, of_t4, of_t7]
    assert listed(browser, "tri=anciens") == [of_t7, of_t4, of_tool]
    assert listed(browser, "tri=mesure") == [of_t4, of_t7, of_tool]
    assert listed(browser, "tri=organisation") == [of_tool, of_t7, of_t4]
    page = browser.get(f"{LIST}{of_t7}?tri=mesure").text
    assert f'rel="prev" href="{LIST}{of_t4}?tri=mesure"' in page
    assert f'rel="next" href="{LIST}{of_tool}?tri=mesure"' in page
    assert "2 sur 3" in page.replace("\u00a0", " ")
    assert browser.get(f"{LIST}{of_t7}?ordre=mesure").text == page, "as it was once called"


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((Role.ORGANISER,), {"clear"}),
        ((Role.ORGANISER, Role.MODERATOR), {"clear", "masked", "withheld", "unread"}),
    ],
)
def test_search_reads_no_more_than_its_reader_may(session, opened, enter, roles, expected):
    browser = enter(*roles)
    names = {
        "clear": make(session, opened, text="Zoé est là.", state=TextState.PUBLISHED),
        "masked": make(session, opened, text="Zoé Étape.", state=TextState.REDACTED, masked="Zoé"),
        "withheld": make(session, opened, text="Zoé aussi.", state=TextState.WITHHELD),
        "unread": make(session, opened, text="Zoé encore."),
        "withdrawn": make(
            session, opened, text="Zoé partie.", state=TextState.PUBLISHED, withdrawn_at=now()
        ),
    }

    assert set(listed(browser, "q=zoe")) == {names[name] for name in expected}
    assert listed(browser, "q=rien") == []
    assert listed(browser, "q=%25") == []


def test_row_says_the_state_of_its_texts(session, opened, enter):
    make(session, opened, state=TextState.PUBLISHED)
    browser = enter()

    assert "1 publié" in browser.get(LIST).text.replace("\u00a0", " ")
