"""Token addresses: one list, which every log and document follows."""

import io
import logging
import re
from pathlib import Path

import pytest

from consultation import logs
from consultation.operations import deployment
from consultation.privacy import records
from consultation.token_addresses import (
    TOKEN_PATHS,
    is_token_address,
    listed_in_french,
    token_prefixes,
)
from consultation.web.permissions import Permission
from tests.accounts.builders import make_invitation

ROOT = Path(__file__).parent.parent.parent
# What the public part of an address names for everybody: a measure, a table, a file, a sound.
NAMES_NO_PERSON = {
    "code", "slug", "filename", "results.picture public_id", "indicator_code",
    "readings.logo name", "recordings.sound name",
    "documents.file number", "documents.file extension", "reports.report number",
    "reports.file number", "reports.file extension", "reports.data number", "reports.whole number",
    "reports.figure number", "reports.figure id", "reports.axis number", "reports.measure number",
    "reports.summary number",
    "results_files.figures ending",
}  # fmt: skip
TOKEN = "abcdefghijklmnopqrstuv"
FOREIGN = ("/ar", "/pt-br", "/facile", "/xx-yy", "/sl-latn-it-nedis")
"""How addresses begin in languages that a site of the tests does not have."""


def public_rules_with_a_secret(app):
    """The public routes with a parameter that is no name of something published."""
    for rule in app.url_map.iter_rules():
        names = rule.arguments - NAMES_NO_PERSON
        names = {name for name in names if f"{rule.endpoint} {name}" not in NAMES_NO_PERSON}
        view = app.view_functions[rule.endpoint]
        if names and getattr(view, "permission", Permission.PUBLIC) is Permission.PUBLIC:
            yield rule


def test_every_route_that_takes_a_token_is_on_the_list(app):
    rules = list(public_rules_with_a_secret(app))

    assert len(rules) >= 10
    assert [rule.rule for rule in rules if not is_token_address(rule.rule)] == []
    assert all(is_token_address(f"/en{rule.rule}") for rule in rules)
    tokens = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert {rule.rule for rule in tokens} <= {rule.rule for rule in rules}


def test_list_holds_no_path_that_takes_no_token(app):
    rules = [rule.rule for rule in public_rules_with_a_secret(app)]

    for path in TOKEN_PATHS:
        assert any(rule.startswith(f"{path}/") for rule in rules), path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/mesures",
        "/recuperer",
        "/connexion",
        "/en/mesures/T7",
        "/ar/mesures",
        "/organisation/contributions/1",
    ],
)
def test_page_without_a_token_is_not_on_the_list(path):
    assert not is_token_address(path)


@pytest.fixture
def written():
    """What the handler of the logs writes of a record."""

    def write(message, *arguments, error=None):
        stream = io.StringIO()
        handler = logs.handler(stream)
        info = None if error is None else (type(error), error, error.__traceback__)
        handler.handle(logging.LogRecord("library", logging.ERROR, "", 1, message, arguments, info))
        return stream.getvalue()

    return write


@pytest.mark.parametrize("prefix", token_prefixes())
def test_library_that_logs_an_address_logs_no_token(written, prefix):
    address = f"https://consultation.example{prefix}/{TOKEN}/code?suite={TOKEN}"

    lines = written("failed on %s for %r", address, address, error=ValueError(f"GET {address}"))

    assert TOKEN not in lines
    assert lines.count(f"{prefix}/…") == 3


@pytest.mark.parametrize("prefix", FOREIGN)
@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_masks_cover_languages_that_the_site_does_not_have(written, nginx_map, prefix, path):
    address = f"{prefix}{path}/{TOKEN}"

    assert is_token_address(address)
    assert TOKEN not in written("failed on %s", f"https://consultation.example{address}?a={TOKEN}")
    assert not nginx_map(address)
    assert not nginx_map("/static/site.css", f"https://consultation.example.org{address}")


def test_address_without_a_token_is_logged_as_it_is(written):
    assert "/mesures/T7/contribuer" in written("failed on %s", "/mesures/T7/contribuer")


def test_logs_of_this_process_are_written_by_that_handler(app):
    root = logging.getLogger()
    kept = root.handlers[:]
    root.handlers.clear()
    try:
        logs.configure()
        [handler] = root.handlers
    finally:
        root.handlers[:] = kept

    record = logging.LogRecord("library", logging.ERROR, "", 1, f"/recu/{TOKEN}", (), None)
    assert TOKEN not in handler.format(record)


def test_deployment_paper_names_every_address_of_the_list():
    text = " ".join((ROOT / "docs/deploiement.md").read_text("utf-8").split())

    assert listed_in_french() in text


def test_paper_for_developers_names_every_path_of_the_list():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    assert [path for path in TOKEN_PATHS if f"`{path}`" not in text] == []


def test_paper_for_the_host_names_every_address_of_the_list(app, session):
    facts = [
        text
        for document in records.documents(records.known(session, app.config))
        for section in document.sections
        for _label, text in section.facts
    ]

    assert any(listed_in_french().replace("`", "") in text for text in facts)


@pytest.fixture
def nginx_map(tmp_path):
    """Whether the access log that the sample for nginx proposes would keep a request."""
    places = deployment.Places(name="consultation.example.org")
    [site] = [path for path in deployment.write(tmp_path, places) if path.suffix == ".conf"]
    match = re.search(
        r'map "\$uri \$http_referer" \$consultation_logged \{\s*default 1;\s*"~([^"]*)" 0;',
        site.read_text("utf-8"),
    )
    return lambda uri, referer="-": re.search(match[1], f"{uri} {referer}") is None


def test_access_log_of_the_nginx_sample_keeps_no_token(nginx_map):
    for prefix in token_prefixes():
        address = f"{prefix}/{TOKEN}"
        assert not nginx_map(address)
        assert not nginx_map("/static/site.css", f"https://consultation.example.org{address}")

    assert nginx_map("/mesures/T7", "https://consultation.example.org/mesures")


def test_page_with_a_token_sends_its_address_to_no_other_page(app, session, client):
    """The log of whoever serves the next page, or the style of this one, would keep it."""
    invitation = make_invitation(session)

    for address in (f"/connexion/bienvenue/{invitation}", f"/connexion/bienvenue/{TOKEN}"):
        page = client.get(address, base_url="https://consultation.example")
        assert page.headers["Referrer-Policy"] == "strict-origin"
    for address in (f"/recu/{TOKEN}", f"/courriel/arret/{TOKEN}", f"/contributions/ouvrir/{TOKEN}"):
        assert client.get(address).headers["Referrer-Policy"] == "no-referrer"
