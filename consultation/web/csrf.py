"""CSRF protection of staff pages: origin headers and a token of the session."""

from urllib.parse import urlsplit

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from consultation.web.errors import Refusal, fields_to_copy, note_refusal
from consultation.web.headers import allow_quick_exit, keep_private, on_staff_pages
from consultation.web.permissions import current_actor

HARMLESS = ("GET", "HEAD", "OPTIONS")
SAME_SITE = ("same-origin", "none")
REFUSAL = Refusal(
    "Ce formulaire n'est plus valable",
    "Il a été ouvert il y a longtemps, ou il ne vient pas de ce site. Rien n'a été enregistré :"
    " revenez en arrière, rechargez la page, puis envoyez le formulaire de nouveau. Si on vous le"
    " demande, connectez-vous d'abord.",
)


class ForgedPost(Exception):
    """A post to a staff page does not come from a form of this session."""


def check_post() -> None:
    """Raise `ForgedPost` unless the origin headers and the token of a staff post are right.

    Public posts carry no ambient authority and have no session: they are not checked.
    """
    if request.method in HARMLESS:
        return
    if not _comes_from_here():
        raise ForgedPost
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        raise ForgedPost from None


def comes_from_elsewhere() -> bool:
    """Return whether another site sent a public form, which the person then has to confirm.

    Pages with public forms send no referrer, so that browsers send « null » as their origin.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE:
        return True
    return request.headers.get("Origin", "null") not in ("null", *_ours())


def _comes_from_here() -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE:
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin in _ours()


def _ours() -> tuple[str, ...]:
    return tuple(map(_origin, (current_app.config["BASE_URL"], request.host_url)))


def _origin(address: str) -> str:
    """Return scheme, host and port of `address`, as browsers write an Origin."""
    parts = urlsplit(address.lower())
    usual_port = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual_port)}"


def _refuse(_error: ForgedPost) -> ResponseReturnValue:
    keep_private()
    if current_actor() is None:  # the layout of the staff has no quick exit
        allow_quick_exit()
    note_refusal(403)
    page = render_template(
        "web/refusal.html",
        refusal=REFUSAL,
        status=403,
        incident=None,
        staff=True,
        typed=fields_to_copy(request) if _comes_from_here() else None,
    )
    return page, 403


def register(app: Flask) -> None:
    """Check every post to the staff pages of `app`, and give templates `csrf_token`."""
    # The token lasts as long as the session.  Flask-WTF's own global check is off: it would
    # require a token of public forms, which have none.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.before_request(on_staff_pages(check_post))
    app.register_error_handler(ForgedPost, _refuse)
    app.jinja_env.globals["csrf_token"] = generate_csrf
