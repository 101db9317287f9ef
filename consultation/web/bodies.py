"""What a body may be: a form, of a known size, in UTF-8; everything else is told so."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, current_app, request
from werkzeug.exceptions import (
    BadRequest,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from consultation.text import NotUtf8, decode

FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Let the form of one view bring files along; its other fields are as in any form."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if any("\x00" in part for field in request.form.items(multi=True) for part in field):
            raise BadRequest
        return view(*args, **kwargs)

    checked.takes_files = True  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def check_form() -> None:
    """Read the body of a POST and raise 400, 413 or 415 when it can't be a form of ours.

    Werkzeug's own limits on form fields do not cover urlencoded bodies, and it replaces what is
    no UTF-8 where we refuse it.
    """
    body = request.get_data(cache=True, parse_form_data=False)
    if body and request.mimetype != FORM:
        raise UnsupportedMediaType
    if body.count(b"&") >= current_app.config["FIELDS_LIMIT"]:
        raise RequestEntityTooLarge
    try:
        text = decode(unquote_to_bytes(body.replace(b"+", b" ")))
    except NotUtf8:
        raise BadRequest from None
    if "\x00" in text:
        raise BadRequest


def check_address() -> None:
    """Raise 404 for an address with a NUL: no page has one, and PostgreSQL looks for none."""
    if "\x00" in request.path or b"\x00" in unquote_to_bytes(request.query_string):
        raise NotFound


def register(app: Flask) -> None:
    """Check the address of every request and the body of every POST before a view sees them."""
    app.config["MAX_CONTENT_LENGTH"] = app.config["BODY_LIMIT"]
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["BODY_LIMIT"]

    @app.before_request
    def check() -> None:
        check_address()
        if request.method == "POST" and not _may_bring_files():
            check_form()


def _may_bring_files() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.mimetype == FORM_WITH_FILES and getattr(view, "takes_files", False)
