"""Checks of the request body: a form of ours, in UTF-8, bounded in size.

Other bodies are refused.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Flask, current_app, g, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from consultation.text import NotUtf8, clean, decode
from consultation.web.csrf import comes_from_elsewhere

FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
NO_FILES: ImmutableMultiDict[str, Any] = ImmutableMultiDict()
MOST_ESCAPES = 500_000
"""Most percent-escapes in a body: twice those of a form whose texts are all at their longest.

The standard library takes 250 bytes of memory for each.
"""
View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Accept multipart bodies with files in a view; its other fields are checked all the same."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if any("\x00" in part for field in request.form.items(multi=True) for part in field):
            raise BadRequest  # a form with a file can't be displayed again: the file would be lost
        return view(*args, **kwargs)

    checked.takes_files = True  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def takes_files_of(most: int) -> Callable[[View], View]:
    """Accept files in a view, whose body may have so many bytes, more than on other pages."""

    def decorate(view: View) -> View:
        checked = takes_files(view)
        checked.most_bytes = most  # type: ignore[attr-defined]
        return checked

    return decorate


def shows_cleaned(view: View) -> View:
    """Mark a view that displays its form again, and stores nothing, when `was_cleaned`.

    For all other views the error page gives the typed text back.
    """
    view.shows_cleaned = True  # type: ignore[attr-defined]
    return view


def was_cleaned() -> bool:
    """Return whether unreadable characters were removed from the form of this request."""
    return bool(g.get("was_cleaned"))


def check_form() -> None:
    """Read the body of a POST; raise 413 or 415 when it can't be a form of ours.

    A body that is not UTF-8, or holds a NUL, is cleaned and then displayed again: by its own view,
    or with 400 by the error page.  Werkzeug's limits on form fields do not cover urlencoded bodies,
    and it replaces invalid UTF-8 silently.
    """
    body = request.get_data(cache=True, parse_form_data=False)
    if body and request.mimetype != FORM:
        raise UnsupportedMediaType
    if body.count(b"&") >= current_app.config["FIELDS_LIMIT"] or body.count(b"%") > MOST_ESCAPES:
        raise RequestEntityTooLarge
    if _is_text(body):
        return
    # Invalid UTF-8 becomes U+FFFD, for the person to see and correct.
    _replace("form", parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    g.was_cleaned = True
    g.may_send_cleaned = not comes_from_elsewhere()
    if not getattr(_view(), "shows_cleaned", False):
        raise BadRequest


def check_address() -> None:
    """Raise 404 for a path with a NUL, which no page has and PostgreSQL refuses to compare.

    A NUL in the query is removed instead: it may have been pasted into a search.
    """
    if "\x00" in request.path:
        raise NotFound
    if b"\x00" in unquote_to_bytes(request.query_string):
        _replace("args", request.args.items(multi=True))


def _is_text(body: bytes) -> bool:
    try:
        return "\x00" not in decode(unquote_to_bytes(body.replace(b"+", b" ")))
    except NotUtf8:
        return False


def _replace(what: str, fields: Iterable[tuple[str, str]]) -> None:
    """Replace the form or the query of the request by its cleaned fields."""
    if what == "form":
        request.files = NO_FILES
    cleaned = ImmutableMultiDict((clean(name), clean(value)) for name, value in fields)
    setattr(request, what, cleaned)


def register(app: Flask) -> None:
    """Check the address of every request and the body of every POST before the views run."""
    app.config["MAX_CONTENT_LENGTH"] = app.config["BODY_LIMIT"]
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["BODY_LIMIT"]

    @app.before_request
    def check() -> None:
        check_address()
        if most := getattr(_view(), "most_bytes", None):
            request.max_content_length = most
        if request.method == "POST" and not _may_bring_files():
            check_form()


def _may_bring_files() -> bool:
    return request.mimetype == FORM_WITH_FILES and getattr(_view(), "takes_files", False)


def _view() -> Any:
    return current_app.view_functions.get(request.endpoint or "")
