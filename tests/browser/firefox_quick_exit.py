"""Quick exit in Debian's Firefox: `make test-firefox`, which no other target needs."""

import shutil
import time

import pytest
import sqlalchemy as sa

from consultation.responses.models import RespondentSession
from tests.browser.bidi import firefox
from tests.browser.neutral_site import HOST, TITLE

FORM, IN_SPACE, SPACE = "/mesures/T4/contribuer", "/contributions/mesures/T4", "/contributions/"
SECRET = "Un texte que personne d'autre ne doit lire"
NEUTRAL = f"<!doctype html><title>{TITLE}</title>"
DISPLAYED = (
    "document.body.innerText + [...document.querySelectorAll('textarea')].map(it => it.value)"
)


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def window(request, tmp_path, site):
    program = shutil.which("firefox-esr")
    if program is None:
        pytest.fail("firefox-esr is not installed")
    with firefox(program, tmp_path / "profile", **{"javascript.enabled": request.param}) as window:
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
