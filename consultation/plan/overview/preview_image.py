"""Preview image of the overview, which other sites display beside its link: counts, and no share.

It is drawn when it is first asked for, and again once a count has changed; visitors change none.
"""

import json
from typing import Any

import structlog

from consultation.files import PACKAGE
from consultation.plan.models import Assessor, Level
from consultation.plan.overview.lines import Overview
from consultation.typesetting.font_coverage import FONT
from consultation.typesetting.subprocess import AUTHOR, Refused, typeset
from consultation.web.typography import counted, french

TEMPLATE = PACKAGE / "typesetting" / "picture.typ"
WIDEST = 85.0
"""Width of the bar of all measures, in the unit of the template."""
MOST = 4
"""Pictures that a process keeps."""

log = structlog.get_logger()


class Pictures:
    """Drawn images by their content, none where one could not be drawn."""

    def __init__(self) -> None:
        self._drawn: dict[str, bytes | None] = {}

    def picture(self, made: Overview) -> bytes | None:
        """Return the PNG of an overview, 1200 by 630, drawn unless it was drawn before.

        Raise `NoTypesetting`.
        """
        content = json.dumps(_content(made), ensure_ascii=False)
        if content not in self._drawn:
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            self._drawn[content] = _draw(content)
        return self._drawn[content]


def alternative_text(made: Overview) -> str:
    content = _content(made)
    bars = " ; ".join(f"{bar['label']} : {bar['count']}" for bar in content["bars"])
    return french(". ".join((content["title"], content["caption"], bars, content["count"])))


def _draw(content: str) -> bytes | None:
    try:
        return typeset(
            TEMPLATE, format="png", ppi=72.0, sys_inputs={"picture": content, "font": FONT}
        )
    except Refused:
        log.error("picture refused", kind="picture")
    return None


def _content(made: Overview) -> dict[str, Any]:
    total = len(made.lines)
    done = {assessor: made.counts[assessor].get(Level.DONE, 0) for assessor in Assessor}
    return {
        "eyebrow": "Plan national contre la traite",
        "title": "Où en est le plan",
        "caption": french(f"Mesures réalisées, sur {total}, selon"),
        "count": counted(made.disputed_count, "désaccord entre eux", "désaccords entre eux"),
        "author": french(AUTHOR),
        "hidden": "",
        "widest": WIDEST,
        "bars": [
            {
                "label": french(assessor.label),
                "count": count,
                "width": WIDEST * count / max(total, 1),
            }
            for assessor, count in done.items()
        ],
    }
