"""Quick exit, and Back after sending, in Debian's Firefox: `make test-firefox`, no other target."""

import shutil
import time

import pytest
import sqlalchemy as sa

from consultation.responses.models import RespondentSession, Response
from tests.browser.bidi import firefox
from tests.browser.neutral_site import HOST, TITLE
from tests.needing import EVERYWHERE

FORM, IN_SPACE, SPACE = "/mesures/T4/contribuer", "/contributions/mesures/T4", "/contributions/"
READ_FIRST = "Relire avant l’envoi"
SECRET = "Un texte que personne d'autre ne doit lire"
NEUTRAL = f"<!doctype html><title>{TITLE}</title>"
DISPLAYED = (
    "document.body.innerText + [...document.querySelectorAll('textarea')].map(it => it.value)"
)


@pytest.fixture
def has_scripts():
    return True


@pytest.fixture
def window(has_scripts, tmp_path, site):
    program = shutil.which("firefox-esr", path=EVERYWHERE)
    if program is None:
        pytest.fail("firefox-esr is not installed")
    with firefox(program, tmp_path / "profile", **{"javascript.enabled": has_scripts}) as window:
        window.play(HOST, NEUTRAL)
        yield window


def wait_for(window, expression):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if window.run(expression):
                return
        except RuntimeError:
            pass  # the page is being replaced
        time.sleep(0.1)
    raise AssertionError(f"{expression}: {window.run('location.href + document.title')}")


def press(window, selector, then):
    window.run(f"document.querySelector({selector!r}).click()")
    wait_for(window, then)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_space_is_closed_by_back_by_the_address_and_by_reload(window, site, session):
    window.goto(site.address + FORM)
    window.run(f"document.querySelector('textarea').value = {SECRET!r}")
    press(window, "button[value=save]", "location.pathname.startsWith('/contributions/enreg')")
    window.goto(site.address + SPACE)
    window.goto(site.address + IN_SPACE)
    assert SECRET in window.run(DISPLAYED)

    press(window, ".exit", f"document.title === {TITLE!r}")

    for _step in range(2):
        window.go(-1)
        wait_for(window, f"location.port === '{site.port}'")
        time.sleep(0.5)
        assert SECRET not in window.run(DISPLAYED)
        window.reload()
        assert SECRET not in window.run(DISPLAYED)
    for path in (SPACE, IN_SPACE):
        window.goto(site.address + path)
        assert "Votre espace est fermé" in window.run(DISPLAYED)
    session.rollback()
    assert session.scalars(sa.select(RespondentSession.revoked_at)).one() is not None


@pytest.mark.parametrize("button", ["Envoyer ma contribution", READ_FIRST])
def test_form_says_what_was_sent_from_it_after_back(window, site, session, button):
    window.goto(site.address + FORM)
    window.run("document.querySelector('select').value = 'citizen'")
    window.run(f"document.querySelector('textarea').value = {SECRET!r}")
    if button == READ_FIRST:
        press_named(window, READ_FIRST, "document.title.startsWith('Relire')")
    press_named(window, "Envoyer ma contribution", "location.pathname.includes('/recu')")
    window.go(-1)

    wait_for(window, "document.querySelector('#sent') && !document.querySelector('#sent').hidden")
    assert "Envoyé à" in window.run("document.querySelector('#sent').innerText")
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1


def press_named(window, name, then):
    """Press the first button of that name."""
    named = f"[...document.querySelectorAll('button')].find(it => it.innerText.trim() == {name!r})"
    window.run(f"{named}.click()")
    wait_for(window, then)
