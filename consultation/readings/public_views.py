"""Mention at the foot of a page of who read it over, and the address of its logo.

The mention goes by itself once the page says something else.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from io import BytesIO
from typing import NamedTuple

from flask import Blueprint, Flask, abort, current_app, request, send_file
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.questionnaires.publication.publish import TOOL
from consultation.readings import queries
from consultation.readings.models import ReadablePage
from consultation.readings.pages import BY_ENDPOINT, PageKey, TextSources, digest_of
from consultation.readings.queries import Logo, Readings
from consultation.web.headers import sandbox_response
from consultation.web.locale import current_locale
from consultation.web.navigation import PAGE_READING, Remembered
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("readings", __name__)


@blueprint.get("/relectures/<name>")
@requires(Permission.PUBLIC)
def logo(name: str) -> ResponseReturnValue:
    """Send a logo; a browser asks each time whether it is still there."""
    stored = queries.logo_by_name(db.session(), name.partition(".")[0])
    if stored is None or name != f"{stored.public_id}.png":
        abort(404)
    sandbox_response()
    return send_file(
        BytesIO(stored.content), mimetype="image/png", download_name=name, etag=stored.public_id
    )


class Mention(NamedTuple):
    """What the foot of a page says; equal to another by what it says."""

    readers: str
    read_on: date
    logo: Logo | None


class Mentions:
    """The mentions of a process, asked of the database once in a while."""

    def __init__(self) -> None:
        self._readings = Remembered[Readings](
            lambda: queries.readings(db.session()), Readings({}, {})
        )
        self._digests: dict[PageKey, Remembered[str]] = {}

    def of(self, key: PageKey) -> Mention | None:
        """Return the mention of a page, None unless it is as it was read."""
        readings = self._readings.value()
        if (read := readings.by_page.get(key)) is None:
            return None
        self._forget_others(readings.by_page)
        digest = self._digests.setdefault(key, Remembered(partial(_digest, key), ""))
        if digest.value() != read.digest:
            return None
        return Mention(read.readers, read.read_on, readings.logos.get(key.tag))

    def _forget_others(self, by_page: Mapping[PageKey, object]) -> None:
        self._digests = {key: it for key, it in self._digests.items() if key in by_page}


def _digest(key: PageKey) -> str:
    return digest_of(sources(), key)


def sources() -> TextSources:
    """The texts of the site as they are now."""
    shelf = current_app.extensions["consultation_shelf"]
    return TextSources(db.session(), now(), current_app.config, shelf)


def _mention() -> Mention | None:
    """The mention of the page of this request, if it is one that is read and not sent."""
    page = BY_ENDPOINT.get(request.endpoint or "")
    if page is None or request.method == "POST":
        return None
    code = (request.view_args or {}).get("code", TOOL) if page is ReadablePage.FORM else ""
    mentions: Mentions = current_app.extensions[f"{PAGE_READING}s"]
    return mentions.of(PageKey(current_locale(), page, code))


def register(app: Flask) -> None:
    """Let the pages know who read them over."""
    app.extensions[f"{PAGE_READING}s"] = Mentions()
    app.extensions[PAGE_READING] = _mention
