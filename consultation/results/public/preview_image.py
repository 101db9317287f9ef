"""The picture of published figures that other sites show beside a link, made after publication.

Nothing is written while it is drawn.  It says what the snapshot shows, no more, and in French.
"""

import json
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, defer

from consultation.clock import in_paris
from consultation.db.base import writing
from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.jobs.worker import Task
from consultation.results.models import Snapshot
from consultation.results.public.queries import IS_PUBLIC
from consultation.results.public.tables import Chart, Shown, ShownQuestion
from consultation.typesetting.glyphs import FONT, code_of, not_drawn
from consultation.typesetting.subprocess import NoTypesetting, Refused, typeset
from consultation.web.typography import french

TEMPLATE = PACKAGE / "typesetting" / "picture.typ"
EVERY_SECONDS = 5.0
MOST_BARS = 5
AUTHOR = "Ensemble contre la traite des êtres humains"
NONE = b""
"""What earlier versions stored for a picture that could not be drawn."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 6 * 3600.0
"""Seconds after which a picture that could not be drawn is tried again; each time twice as many."""

_NOT_ALLOWED = re.compile("[\x00\ufeff]")

log = structlog.get_logger()


class Failures:
    """The pictures that could not be drawn, and when each may be tried again.

    A worker that starts anew tries them all: what was lacking may have come with it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[int, tuple[float, float]] = {}

    def may_try(self, snapshot_id: int) -> bool:
        """Say whether a picture never failed, or long enough ago."""
        not_before, _pause = self._next.get(snapshot_id, (0.0, 0.0))
        return self._clock() >= not_before

    def add(self, snapshot_id: int) -> None:
        """Note that a picture could not be drawn now."""
        _not_before, last = self._next.get(snapshot_id, (0.0, 0.0))
        pause = min(max(2 * last, FIRST_PAUSE), LONGEST_PAUSE)
        self._next[snapshot_id] = self._clock() + pause, pause


def task() -> Task:
    """Return what the worker does; apart, since drawing takes a while."""
    return Task(
        "pictures", EVERY_SECONDS, partial(draw_due, failures=Failures()), has_own_thread=True
    )


def draw_due(session: Session, failures: Failures | None = None) -> int:
    """Draw the pictures that public snapshots lack, each a write of its own; return how many.

    One that cannot be drawn stays lacking: the page does without it until it is.
    """
    failures, drawn = failures or Failures(), 0
    is_lacking = sa.or_(Snapshot.picture.is_(None), Snapshot.picture == NONE)
    ids = session.scalars(
        sa.select(Snapshot.id).where(is_lacking, *IS_PUBLIC).order_by(Snapshot.id)
    ).all()
    for snapshot_id in filter(failures.may_try, ids):
        snapshot = session.get(Snapshot, snapshot_id, options=[defer(Snapshot.figures)])
        assert snapshot is not None
        public, taken_at = snapshot.shown, snapshot.taken_at
        session.rollback()
        picture = _drawn(public, french(f"au {in_paris(taken_at):%d/%m/%Y}"))
        if picture is None:
            failures.add(snapshot_id)
            continue
        with writing(session):
            session.execute(
                sa.update(Snapshot).where(Snapshot.id == snapshot_id).values(picture=picture)
            )
        drawn += 1
    return drawn


def picture_of(public: dict[str, Any], when: str) -> bytes:
    """Return the PNG, 1200 by 630; raise `Refused` or `NoTypesetting`."""
    return typeset(
        TEMPLATE,
        format="png",
        ppi=72.0,
        sys_inputs={"told": json.dumps(_told(public, when), ensure_ascii=False), "font": FONT},
    )


def words_of(public: dict[str, Any]) -> str:
    """Return what the picture says, for who does not see it."""
    told = _told(public, "")
    bars = " ; ".join(
        f"{bar['label']} : {told['hidden'] if bar['count'] is None else bar['count']}"
        for bar in told["bars"]
    )
    return french(". ".join(part for part in (told["title"], told["count"].strip(), bars) if part))


def _drawn(public: dict[str, Any], when: str) -> bytes | None:
    try:
        return picture_of(public, when)
    except Refused:
        log.error("picture refused", kind="picture")
    except (NoTypesetting, OSError):
        log.warning("picture not drawn", kind="picture")
    return None


def _told(public: dict[str, Any], when: str) -> dict[str, Any]:
    shown = Shown(public)
    first = _first(shown)
    measure = public["measure"]
    kicker = f"{measure['code']} · " if measure else ""
    count = "Trop peu de contributions pour montrer des chiffres"
    if shown.responses is not None:
        word = "contribution" if shown.responses < 2 else "contributions"
        count = f"{shown.responses} {word} {when}"
    return {
        "kicker": _drawable(kicker + localized(public["round"]["title"], DEFAULT_LOCALE)),
        "title": _drawable(localized(public["title"], DEFAULT_LOCALE)),
        "count": french(count),
        "author": AUTHOR,
        "hidden": f"moins de {public['threshold']} ou masqué",
        "caption": _caption(shown, first),
        "widest": Chart.widest,
        "bars": [
            {
                "label": _drawable(localized(bar.label, DEFAULT_LOCALE)),
                "count": bar.count,
                "width": bar.width,
            }
            for bar in (first.chart.bars[:MOST_BARS] if first and shown.responses else [])
        ],
    }


def _first(shown: Shown) -> ShownQuestion | None:
    return next((one.questions[0] for one in shown.indicators), None)


def _caption(shown: Shown, first: ShownQuestion | None) -> str:
    if first is None:
        return ""
    label = localized(shown.indicators[0].label, DEFAULT_LOCALE)
    asked = localized(first.asked["label"], DEFAULT_LOCALE)
    return _drawable(f"{label} : {asked}" if label else asked)


def _drawable(text: str) -> str:
    """Return `text` as the fonts here can draw it: what they lack is written by its code."""
    text = french(" ".join(_NOT_ALLOWED.sub("", text).split()))
    absent = not_drawn(text)
    return "".join(code_of(sign) if sign in absent else sign for sign in text)
