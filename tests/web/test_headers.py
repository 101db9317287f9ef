"""Headers of every response, and files that the server gives to nobody."""

import re

import pytest
from structlog.testing import capture_logs

from consultation.accounts.models import Role
from consultation.web.headers import is_staff_path
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure

PICTURE = "/plan.png"
"""Other sites show it beside a link to this one."""
FORM = "application/x-www-form-urlencoded"
STRICT = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "base-uri": "'none'",
    "frame-ancestors": "'none'", "form-action": "'self'",
}  # fmt: skip


def public_addresses(app):
    """Every address of the site that anybody may read, with things that are there or are not."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            yield re.sub(r"<[^>]+>", "inconnu", rule.rule)
    yield from ("/nulle-part", "/static/consultation.css", "/static/nulle-part", "/mesures/T7")


def policy_of(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_every_answer_has_the_headers_that_guard_it(app, client, session):
    make_measure(session, "T7")
    session.commit()

    for address in public_addresses(app):
        answer = client.get(address, buffered=True)

        assert STRICT.items() <= policy_of(answer).items(), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        displayed_by = "cross-origin" if address == PICTURE else "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == displayed_by, address
        assert answer.headers["Referrer-Policy"] in (
            "no-referrer", "same-origin", "strict-origin",
        )  # fmt: skip
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Server" not in answer.headers


def test_header_that_a_view_has_set_stays_the_only_one_of_its_name(app, client):
    app.add_url_rule(
        "/image", view_func=lambda: ("", {"Cross-Origin-Resource-Policy": "cross-origin"})
    )

    values = client.get("/image").headers.getlist("Cross-Origin-Resource-Policy")

    assert values == ["cross-origin"]


def test_every_text_says_its_type_and_encoding(app, client):
    for address in public_addresses(app):
        answer = client.get(address, buffered=True)
        kind = answer.headers.get("Content-Type", "")

        if answer.data:
            assert kind, address
            is_text = answer.mimetype not in ("application/json", "image/png")
            assert not is_text or "charset=utf-8" in kind, address


@pytest.mark.parametrize("base", ["https://consultation.example", "http://127.0.0.1:8000"])
def test_browsers_are_told_to_stay_with_https(app, client, base):
    """A front server that speaks TLS for the site asks for the page in the clear."""
    app.config["BASE_URL"] = base

    header = client.get("/").headers.get("Strict-Transport-Security")

    assert header == ("max-age=31536000; includeSubDomains" if base.startswith("https") else None)


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config", "/.env", "/pyproject.toml", "/consultation/settings.py", "/instance/keys",
        "/keys/secret_key", "/exports/", "/mailbox/", "/static/", "/static/vendor/",
        "/static/../consultation/settings.py", "/static/%2e%2e/pyproject.toml",
        "/static/..%2f..%2fpyproject.toml", "/console", "/.well-known/", "/templates/base.html",
    ],
)  # fmt: skip
def test_nothing_but_its_own_files_is_served(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("host", ["..", ".a", "a" * 64 + ".example"])
def test_invalid_host_is_refused_without_a_trace(client, host):
    with capture_logs() as logged:
        answer = client.get("/mesures", headers={"Host": host})

    assert answer.status_code == 400
    assert "rien n'a été enregistré" in answer.text
    assert answer.mimetype == "text/plain"
    assert STRICT.items() <= policy_of(answer).items()
    assert [line["event"] for line in logged] == ["refused"]


@pytest.mark.parametrize("address", ["/contributions", "/mesures//T7"])
def test_right_address_of_a_page_is_on_the_same_host_whatever_it_is(client, address):
    answer = client.get(f"{address}?a=b", headers={"Host": "ailleurs.invalid"})

    right = {"/mesures//T7": "/mesures/T7"}.get(address, f"{address}/")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{right}?a=b"


def test_trace_is_refused_and_the_methods_that_do_are_told(client):
    refused = client.open("/", method="TRACE")

    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


# Werkzeug leaves closing the file to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_range_beyond_a_file_is_refused_with_the_length_of_the_file(client):
    whole = client.get("/static/consultation.css")
    refused = client.get("/static/consultation.css", headers={"Range": "bytes=9999999-"})

    assert refused.status_code == 416
    assert refused.headers["Content-Range"] == f"bytes */{len(whole.data)}"
    assert "Ce fichier n’a pas ce morceau" in refused.text


def test_no_debugger_is_on(app):
    assert not app.debug
    assert not app.config["TESTING"] or not app.config.get("PROPAGATE_EXCEPTIONS")


def test_refusal_is_logged_without_its_address(app, session):
    account = make_account(session, "nadia@association.example", Role.MODERATOR)
    visitor = Browser(app)
    visitor.enter("nadia@association.example")

    with capture_logs() as logged:
        visitor.get("/administration/attaque")

    assert [(line["event"], line["status"], line["account"]) for line in logged] == [
        ("refused", 403, account)
    ]
    assert "administration/" not in str(logged)


def test_missing_page_is_no_attempt(client):
    with capture_logs() as logged:
        client.get("/mesures/inconnue")
        client.get("/nulle-part")

    assert logged == []


def test_forged_post_is_logged(app, session):
    make_account(session, "nadia@association.example", Role.MODERATOR)
    visitor = Browser(app)
    visitor.enter("nadia@association.example")

    with capture_logs() as logged:
        answer = visitor.post("/connexion/quitter", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert [line["event"] for line in logged] == ["refused"]


def test_posts_that_cannot_be_read_or_are_too_many_are_logged(app, client, session):
    make_measure(session, "T7")
    session.commit()
    many = "&".join(f"f{number}=x" for number in range(app.config["FIELDS_LIMIT"] + 1))
    visitor = Browser(app)

    with capture_logs() as logged:
        client.post("/mesures/T7/contribuer", data=many, content_type=FORM)
        for _ in range(6):
            visitor.give_password("nadia@association.example", "autre chose, encore")

    assert [line["status"] for line in logged if line["event"] == "refused"] == [413, 429]


FOREIGN = "ailleurs.example"


def foreign_answers(app, client):
    """What is answered to a request for each address that has a slash too many or too few."""
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<[^>]+>", "T7", rule.rule)
        for path in {address.rstrip("/"), address.replace("/", "//")[1:]}:
            for prefix in ("",) if is_staff_path(address) else ("", "/en"):
                answer = client.get(f"{prefix}{path}", headers={"Host": FOREIGN}, buffered=True)
                yield f"{prefix}{path}", answer


def test_no_redirection_names_the_host_that_the_request_did(app, client, session):
    make_measure(session, "T7")
    session.commit()
    answers = list(foreign_answers(app, client))

    named = [
        path
        for path, answer in answers
        if FOREIGN.encode() in answer.data or FOREIGN in str(answer.headers)
    ]
    slashed = [answer for _path, answer in answers if answer.status_code == 308]
    assert named == []
    assert len(slashed) >= 10
    for answer in slashed:
        assert answer.location.startswith("/")
        assert f'href="{answer.location}"' in answer.text


def test_missing_page_leads_nowhere(client):
    answer = client.get("/en/organisation", headers={"Host": FOREIGN})

    assert answer.status_code == 404
    assert "Location" not in answer.headers
