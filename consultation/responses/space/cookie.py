"""Cookies of respondents: the space that is open in a browser, the receipts that it was shown."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app, g, request
from flask.wrappers import Response as HttpResponse

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.space import sessions
from consultation.responses.space.sessions import Left
from consultation.web.headers import keep_private

SPACE, DISPLAYED = "space", "displayed"
SEPARATOR = "."
MOST_DISPLAYED = 20
"""Receipts that a browser remembers; those before are left by nobody in it any more."""


def token() -> str | None:
    """Return the token of the request's cookie, None where it has none."""
    return request.cookies.get(_name(SPACE))


def set_token(answer: HttpResponse, secret: str) -> None:
    """Let the browser open the space until it is closed; no script can read the cookie."""
    _set(answer, SPACE, secret)


def delete_token(answer: HttpResponse) -> None:
    """Let the browser forget the token of the space."""
    _delete(answer, SPACE)


def displayed() -> Sequence[str]:
    """Return the pages that this browser was shown in the last hours: see `sessions.leave`."""
    text = request.cookies.get(_name(DISPLAYED), "")
    return [name for name in text.split(SEPARATOR) if name][-MOST_DISPLAYED:]


def add_displayed(answer: HttpResponse, name: str) -> None:
    """Let the browser remember a receipt or an erasure, whatever page it is left from.

    It opens nothing: it only tells which addresses of the history have to show nothing any more.
    """
    names = [*(other for other in displayed() if other != name), name]
    _set(answer, DISPLAYED, SEPARATOR.join(names[-MOST_DISPLAYED:]), sessions.SHOWN_FOR)


def forget(answer: HttpResponse) -> Left:
    """Let the browser forget its space and what it was shown; return both, to be closed."""
    left = Left(token(), displayed())
    if left.token:
        _delete(answer, SPACE)
    if left.displayed:
        _delete(answer, DISPLAYED)
    return left


def _set(answer: HttpResponse, name: str, value: str, lasting: timedelta | None = None) -> None:
    answer.set_cookie(
        _name(name),
        value,
        max_age=lasting,
        secure=_is_https(),
        httponly=True,
        samesite="Strict",
        path="/",
    )


def _delete(answer: HttpResponse, name: str) -> None:
    answer.delete_cookie(
        _name(name), secure=_is_https(), httponly=True, samesite="Strict", path="/"
    )


def _name(name: str) -> str:
    # The prefix makes browsers refuse a cookie that another host or an http page would set.
    return f"__Host-{name}" if _is_https() else name


def _is_https() -> bool:
    return str(current_app.config["BASE_URL"]).startswith("https:")


def used_session() -> RespondentSession | None:
    """Return the session of the space that is open in this browser, and note that it is used."""
    secret, at = token(), now()
    session = sessions.find(db.session(), secret, at) if secret else None
    if session is not None and sessions.is_due_to_be_seen(session, at):
        with writing(db.session()):
            sessions.see(db.session(), session, at)
    return session


@dataclass(frozen=True)
class OpenSpace:
    """The space that is open in a visitor's browser, as far as public pages know it."""

    respondent_id: int
    takes_answers: bool
    """Whether it is of the round that is open now."""


def open_space() -> OpenSpace | None:
    """Return the space that is open in this browser, whose page then no cache may keep.

    Read once a request, and only where the browser sends a token; it does not count as using the
    space.  The page of an error shows none, since the database may be why there is an error.
    """
    if "open_space" not in g:
        g.open_space = None
        if token() and g.get("actor") is None:
            with suppress(sa.exc.SQLAlchemyError):
                g.open_space = _open_space()
        if g.open_space is not None:
            keep_private()
    space: OpenSpace | None = g.open_space
    return space


def _open_space() -> OpenSpace | None:
    session = sessions.find(db.session(), token(), now())
    if session is None:
        return None
    round_id = db.session.get_one(Respondent, session.respondent_id).round_id
    current = queries.current(db.session(), now())
    is_current = current is not None and current.id == round_id and current.is_open(now())
    return OpenSpace(session.respondent_id, is_current)
