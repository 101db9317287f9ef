"""Preview image of published figures, which other sites display beside a link.

The worker draws it after the publication, outside any write transaction.  It has figures of the
snapshot only, in French.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from consultation.results.public.tables import Bar, Chart, PublicFigures, PublicQuestion
from consultation.typesetting.font_coverage import FONT, drawable, not_drawn
from consultation.typesetting.subprocess import AUTHOR, NoTypesetting, Refused, typeset
from consultation.web.typography import counted, french

TEMPLATE = PACKAGE / "typesetting" / "picture.typ"
EVERY_SECONDS = 5.0
MOST_BARS = 5
NONE = b""
"""Stored by earlier versions where an image could not be drawn."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 6 * 3600.0
"""Seconds until an image that failed is tried again; doubled each time."""


log = structlog.get_logger()


class Failures:
    """Snapshots whose image could not be drawn, with the time of the next attempt.

    A new worker tries all of them: the missing fonts or program may be there now.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[int, tuple[float, float]] = {}

    def may_try(self, snapshot_id: int) -> bool:
        """Return whether an image never failed, or its pause is over."""
        not_before, _pause = self._next.get(snapshot_id, (0.0, 0.0))
        return self._clock() >= not_before

    def add(self, snapshot_id: int) -> None:
        """Record a failure, with twice the pause of the last one."""
        _not_before, last = self._next.get(snapshot_id, (0.0, 0.0))
        pause = min(max(2 * last, FIRST_PAUSE), LONGEST_PAUSE)
        self._next[snapshot_id] = self._clock() + pause, pause


def task() -> Task:
    """Return the worker task; in a process of its own, since drawing takes a while."""
    return Task(
        "pictures", EVERY_SECONDS, partial(draw_due, failures=Failures()), has_own_thread=True
    )


def draw_due(session: Session, failures: Failures | None = None) -> int:
    """Draw the missing images of public snapshots, each in its own write; return their number.

    Pages do without an image that cannot be drawn.
    """
    failures, drawn = failures or Failures(), 0
    is_lacking = sa.or_(Snapshot.picture.is_(None), Snapshot.picture == NONE)
    ids = session.scalars(
        sa.select(Snapshot.id).where(is_lacking, *IS_PUBLIC).order_by(Snapshot.id)
    ).all()
    for snapshot_id in filter(failures.may_try, ids):
        snapshot = session.get(Snapshot, snapshot_id, options=[defer(Snapshot.figures)])
        assert snapshot is not None
        public, taken_at = snapshot.public, snapshot.taken_at
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
        sys_inputs={
            "picture": json.dumps(_content(public, when), ensure_ascii=False),
            "font": FONT,
        },
    )


def alternative_text(public: dict[str, Any]) -> str:
    content = _content(public, "")
    bars = " ; ".join(
        f"{bar['label']} : {content['hidden'] if bar['count'] is None else bar['count']}"
        for bar in content["bars"]
    )
    return french(
        ". ".join(part for part in (content["title"], content["count"].strip(), bars) if part)
    )


def _drawn(public: dict[str, Any], when: str) -> bytes | None:
    try:
        return picture_of(public, when)
    except Refused:
        log.error("picture refused", kind="picture")
    except (NoTypesetting, OSError):
        log.warning("picture not drawn", kind="picture")
    return None


def _content(public: dict[str, Any], when: str) -> dict[str, Any]:
    figures = PublicFigures(public)
    first = next((indicator.questions[0] for indicator in figures.indicators), None)
    measure = public["measure"]
    prefix = f"{measure['code']} · " if measure else ""
    count = "Nombre de contributions masqué, pour protéger un petit nombre"
    if figures.responses is not None:
        count = f"{counted(figures.responses, 'contribution', 'contributions')} {when}"
    return {
        "eyebrow": _drawable(prefix + localized(public["round"]["title"], DEFAULT_LOCALE)),
        "title": _drawable(localized(public["title"], DEFAULT_LOCALE)),
        "count": french(count),
        "author": AUTHOR,
        "hidden": "masqué (pour protéger un petit nombre)",
        "caption": _caption(figures, first),
        "widest": Chart.widest,
        "bars": [
            {
                "label": _drawable(localized(bar.label, DEFAULT_LOCALE)),
                "count": bar.count,
                "width": bar.width,
            }
            for bar in (_bars(first) if first and figures.responses else [])
        ],
    }


def _bars(question: PublicQuestion) -> Sequence[Bar]:
    """Return the bars of a question; those of a stance are all hidden where one side is."""
    bars = question.chart.bars[:MOST_BARS]
    if question.opinion is None or question.opinion.base is not None:
        return bars
    return [replace(bar, count=None, width=0) for bar in bars]


def _caption(figures: PublicFigures, first: PublicQuestion | None) -> str:
    if first is None:
        return ""
    label = localized(figures.indicators[0].label, DEFAULT_LOCALE)
    question = localized(first.content["label"], DEFAULT_LOCALE)
    return _drawable(f"{label} : {question}" if label else question)


def _drawable(text: str) -> str:
    """Return a text on one line, in French typography, with codes for what fonts lack."""
    text = french(" ".join(text.split()))
    return drawable(text, not_drawn(text))
