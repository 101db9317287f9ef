"""Cookies: public pages set and read none."""

import pytest
from flask import g
from flask import session as cookie

from tests.accounts.builders import STAND_INS, make_account

EMAIL = "élise@association.example"
PUBLIC = [*STAND_INS.values(), "/nulle-part", "/en/", "/en/mesures", "/static/icon.svg?v=1"]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_neither_sets_nor_varies_on_a_cookie(session, visitor, path):
    make_account(session, EMAIL)
    stranger = visitor.get(path, buffered=True)
    visitor.sign_in(EMAIL)

    member = visitor.get(path, buffered=True)

    for page in (stranger, member):
        assert "Set-Cookie" not in page.headers
        assert "Cookie" not in page.headers.get("Vary", "")


def test_public_page_looks_nobody_up(app, session, visitor):
    make_account(session, EMAIL)
    seen = []
    app.before_request(lambda: seen.append((g.get("account"), g.get("actor"), dict(cookie))))
    visitor.sign_in(EMAIL)

    visitor.get("/donnees-personnelles")

    assert seen[-1] == (None, None, {})


def test_public_page_cannot_keep_anything_in_the_session(app, visitor):
    app.add_url_rule("/essai", "essai", lambda: cookie.update(kept=True))

    with pytest.raises(RuntimeError):
        visitor.get("/essai")


def test_pages_of_the_staff_are_kept_by_nobody(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    for path in ("/connexion", "/connexion/oubli", "/organisation/", "/organisation/rien"):
        page = visitor.get(path)
        assert page.headers["Cache-Control"] == "no-store, private"
        assert page.headers["Referrer-Policy"] == "same-origin"


def test_refusal_to_a_stranger_sets_no_cookie(visitor):
    page = visitor.get("/organisation/")

    assert "Set-Cookie" not in page.headers


def test_forged_cookie_is_none(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)

    for forged in ("x", visitor.cookie[:-3] + "AAA", visitor.cookie.replace(".", "..")):
        visitor.cookie = forged
        assert not visitor.is_signed_in()


def test_signing_out_empties_the_cache_of_the_browser(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get("/organisation/")

    answer = visitor.post("/connexion/quitter")

    assert answer.headers["Clear-Site-Data"] == '"cache"'
