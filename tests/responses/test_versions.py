"""Versions: a corrected contribution keeps the number of its first sending, on every page."""

import html
import json
import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.mail.models import OutboxMessage
from consultation.responses import revisions
from consultation.responses.models import Response
from consultation.responses.submission import receipt
from tests.accounts.builders import Browser, make_account
from tests.factories import publish_again
from tests.responses.conftest import hidden

SPACE, SPACE_FORM = "/contributions/", "/contributions/mesures/T7"
UNCHANGED = "Vous n’avez rien changé"


@pytest.fixture
def opened(client, form):
    """The space of somebody who answered on T7, open in the browser of the test."""
    sent = form.data(suggestions="Premier avis", email="jeanne@exemple.fr", T7_1__stance="keep")
    page = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r"/contributions/ouvrir/[\w.-]+", page.text)[0])


def send(client, form, **answers):
    """Correct the contribution from the space."""
    answers = {"email": "jeanne@exemple.fr", "T7_1__stance": "keep"} | answers
    key = hidden(client.get(SPACE_FORM), "submission_key")
    return client.post(SPACE_FORM, data=form.data(key=key, **answers), follow_redirects=True)


def stored(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(Response).order_by(Response.id)).all()


@pytest.fixture
def chain(client, opened, form, session):
    """Three versions of a contribution, and the pages that confirmed the two corrections."""
    pages = [send(client, form, suggestions=text) for text in ("Avis mûri", "Avis dernier")]
    return stored(session), pages


def plain(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))


def test_three_versions_have_codes_of_their_own_and_one_number(chain, session):
    responses, _pages = chain

    assert [response.revision for response in responses] == [1, 2, 3]
    assert len({response.receipt_code for response in responses}) == 3
    assert set(revisions.first_codes(session, responses).values()) == {responses[0].receipt_code}


def test_receipt_of_a_correction_has_the_first_number_and_its_version(chain):
    (first, *later), pages = chain

    for version, page in enumerate(pages, start=2):
        assert "Votre correction est enregistrée" in page.text
        assert f"Enregistré, n° {first.receipt_code} , version {version}" in plain(page)
        assert not any(response.receipt_code in page.text for response in later)


def test_receipt_of_each_version_still_opens(client, chain):
    responses, _pages = chain

    pages = [
        client.get(f"/recu/{receipt.token_for(response.receipt_code)}") for response in responses
    ]

    assert [page.status_code for page in pages] == [200] * 3
    assert all(responses[0].receipt_code in page.text for page in pages)
    assert not any(response.receipt_code in pages[2].text for response in responses[1:])
    assert ["Une autre version a été envoyée" in page.text for page in pages] == [True, True, False]


def test_space_and_copies_say_the_first_number_and_the_version(client, chain):
    (first, second, third), _pages = chain

    space, copy = client.get(SPACE), client.get("/contributions/copie")
    exported = json.loads(client.get("/contributions/copie.json").text)["responses"]

    assert f"Numéro de dépôt {first.receipt_code} · version 3" in plain(space)
    assert plain(copy).count(f"Numéro de dépôt {first.receipt_code}") == 3
    for page in (space, copy):
        assert second.receipt_code not in page.text
        assert third.receipt_code not in page.text
    assert {entry["first_receipt_code"] for entry in exported} == {first.receipt_code}
    assert {entry["receipt_code"] for entry in exported} == {
        first.receipt_code, second.receipt_code, third.receipt_code,
    }  # fmt: skip


def test_acknowledgement_of_a_correction_says_the_first_number(chain, session):
    (first, *_later), _pages = chain

    rows = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()

    told = [json.loads(row.parameters) for row in rows]
    assert [entry["first_code"] for entry in told] == [first.receipt_code] * 3
    assert [entry["version"] for entry in told] == [1, 2, 3]


def test_withdrawal_names_the_first_number(client, chain, session):
    (first, _second, third), _pages = chain
    path = f"/contributions/retirer/{third.public_id}"

    before = client.get(path)
    after = client.post(path, follow_redirects=True)

    assert f"{first.receipt_code} · version 3" in plain(before)
    assert f"{first.receipt_code} · version 3" in plain(after)
    departure = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "departure")
    ).one()
    assert json.loads(departure.parameters)["receipt_codes"] == [first.receipt_code]


def test_staff_find_every_version_by_any_number(app, chain, session):
    responses, _pages = chain
    staff = Browser(app)
    make_account(session, "lou@association.example", Role.ORGANISER)
    staff.sign_in("lou@association.example")

    for response in responses:
        for typed in (response.receipt_code, response.receipt_code.lower().replace("-", " ")):
            page = staff.get("/organisation/contributions/", query_string={"numero": typed})
            assert plain(page).count(responses[0].receipt_code) == 3
    other = staff.get("/organisation/contributions/?numero=0000-0000-0000-0000")
    assert "Aucune contribution pour ces filtres" in other.text
    detail = staff.get(f"/organisation/contributions/{responses[2].public_id}")
    assert f"{responses[0].receipt_code} , version 3" in plain(detail)


def test_correction_that_changes_nothing_is_refused_kindly(client, chain, form, session):
    mails = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))
    session.rollback()

    page = send(client, form, suggestions="Avis dernier")

    assert page.request.path == SPACE
    assert UNCHANGED in page.text
    assert len(stored(session)) == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == mails


def test_correction_of_who_one_is_changes_something(client, opened, form, session):
    page = send(client, form, suggestions="Premier avis", organisation="Maison des femmes")

    assert UNCHANGED not in page.text
    assert [response.revision for response in stored(session)] == [1, 2]


def test_correction_of_one_choice_changes_something(client, opened, form, session):
    page = send(client, form, suggestions="Premier avis", T7_1__stance="drop")

    assert UNCHANGED not in page.text
    assert [response.revision for response in stored(session)] == [1, 2]


def test_contribution_sent_again_after_its_withdrawal_changes_something(
    client, opened, form, session
):
    client.post(f"/contributions/retirer/{stored(session)[0].public_id}")

    page = send(client, form, suggestions="Premier avis")

    first, second = stored(session)
    assert (first.withdrawn_at is None, second.withdrawn_at, second.revision) == (False, None, 2)
    assert "Merci, votre contribution est enregistrée" in page.text


def test_answers_to_a_form_published_anew_change_something(client, opened, form, measure, session):
    publish_again(session, measure)
    session.commit()

    page = client.get(SPACE_FORM)
    form = type(form)(session, measure)
    sent = form.data(
        key=hidden(page, "submission_key"), suggestions="Premier avis",
        email="jeanne@exemple.fr", T7_1__stance="keep",
    )  # fmt: skip
    client.post(SPACE_FORM, data=sent)

    assert [response.revision for response in stored(session)] == [1, 2]


def test_unchanged_correction_ends_its_draft(client, opened, form, session):
    key = hidden(client.get(SPACE_FORM), "submission_key")
    same = {"email": "jeanne@exemple.fr", "T7_1__stance": "keep", "suggestions": "Premier avis"}
    client.post(SPACE_FORM, data=form.data(key=key, **same) | {"intent": "save"})
    assert ">brouillon<" in client.get(SPACE).text

    draft = {"draft_revision": hidden(client.get(SPACE_FORM), "draft_revision")}
    key = hidden(client.get(SPACE_FORM), "submission_key")
    page = client.post(SPACE_FORM, data=form.data(key=key, **same) | draft, follow_redirects=True)

    assert UNCHANGED in page.text
    assert ">brouillon<" not in client.get(SPACE).text


@pytest.mark.parametrize(
    "typed", ["a1b2c3d4e5f6g7h8", " A1B2 C3D4-E5F6 g7h8 ", "AIB2-C3D4-E5F6-G7H8"]
)
def test_code_is_read_as_it_is_typed(typed):
    assert receipt.code_in(typed) == "A1B2-C3D4-E5F6-G7H8"
