"""The drill: a copy taken under load, put back into an empty place, and held to its promises."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.responses.models import Contact, Respondent, Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from tests.faults.checking import check_database, check_exports, check_history, check_outbox_rows
from tests.faults.server import ROOT
from tests.faults.visiting import Crowd

ACKED = 500
ERASED = 3


@pytest.fixture
def empty_place(databases, tmp_path):
    """The address of a database with nothing in it."""
    if databases.dialect.name == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored' / 'site.sqlite'}"
        return
    url = databases.create_empty()
    yield url
    databases.drop(url)


def command(server, *arguments, **settings):
    """Run `consultation` beside a site, as an administrator does."""
    told = {f"CONSULTATION_{name}": str(value) for name, value in settings.items()}
    done = subprocess.run(
        [Path(sys.executable).with_name("consultation"), *map(str, arguments)],
        cwd=ROOT,
        env=server.environment | told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def erase_some(session, home):
    """Erase who sent the first responses; return their numbers."""
    session.rollback()
    chosen = session.scalars(sa.select(Response.respondent_id).order_by(Response.id).limit(ERASED))
    erased = list(chosen)
    for respondent_id in erased:
        with writing(session):
            erasure.erase(session, respondent_id, Wish(), now(), home=home)
    return erased


def contacts_of(session, respondents):
    held = sa.select(sa.func.count()).select_from(Contact)
    return session.scalar(held.where(Contact.respondent_id.in_(respondents)))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_backup_taken_under_load_is_restored_with_all_that_was_thanked_for_and_nobody_erased(
    postgres_programs, server, session, history, tmp_path, empty_place, recorded
):
    copy = tmp_path / "copy"
    with Crowd(server, history, clients=4) as crowd:
        crowd.wait_for(ACKED, seconds=600)
        taken_at = time.time()
        command(server, "backup", copy)
        crowd.wait_for(5)
    crowd.heal()
    erased = erase_some(session, server.home)

    began = time.monotonic()
    place = {"DATABASE_URL": empty_place, "HOME": tmp_path / "restored"}
    command(server, "restore", copy, "--erasures", server.home / "erasures.jsonl", **place)
    lasted = time.monotonic() - began

    engine = sa.create_engine(empty_place)
    with Session(engine) as restored:
        figures = check_history(restored, until(history.events(), taken_at))
        check_outbox_rows(restored)
        check_exports(restored, tmp_path / "exports")
        check_database(restored)
        assert contacts_of(restored, erased) == 0
        gone = sa.select(Respondent.erased_at).where(Respondent.id.in_(erased))
        assert None not in restored.scalars(gone).all()
        restored.rollback()
        assert contacts_of(restored, [it + ERASED for it in erased]) == ERASED  # others are there
    engine.dispose()
    recorded(
        "R13 backup under load, then restored",
        {"acked before": figures["acked"], "lost": figures["lost"], "dup": figures["dup"]}
        | {"stored": figures["stored"], "erased": f"{ERASED}/{ERASED}"}
        | {"restored in": f"{lasted:.1f} s"},
    )


def until(events, moment):
    """What had been answered by then; what was sent later may be in the copy or not."""
    return [it for it in events if it["outcome"] == "sending" or it["at"] < moment]
