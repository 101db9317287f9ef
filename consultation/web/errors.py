"""Refusals: each page says what happened, what is safe and what to do."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

from consultation.database import OutcomeUnknown, StorageUnavailable
from consultation.web.headers import is_staff_path, keep_private
from consultation.web.logs import places
from consultation.web.permissions import Actor, NotAllowed, Permission
from consultation.web.typed import Typed

log = structlog.get_logger()


@dataclass(frozen=True)
class Refusal:
    """What the page of one status says."""

    title: str
    body: str


REFUSALS = {
    400: Refusal(
        _l("Cet envoi est illisible"),
        _l(
            "Ce qui nous est parvenu n'est pas du texte que nous savons lire, et rien n'a été"
            " enregistré. Revenez en arrière : votre texte est encore dans le formulaire."
        ),
    ),
    403: Refusal(
        _l("Votre compte n'ouvre pas cette page"),
        _l("Demandez à une personne qui administre le site de vous donner ce rôle."),
    ),
    404: Refusal(
        _l("Cette page n'existe pas"),
        _l(
            "L'adresse a peut-être été mal recopiée, ou la mesure a été retirée. La liste des"
            " mesures vous mène à tous les formulaires."
        ),
    ),
    405: Refusal(
        _l("Cette page ne s'ouvre pas ainsi"),
        _l("Reprenez depuis l'accueil ou la liste des mesures."),
    ),
    410: Refusal(
        _l("Ce reçu n'est plus affiché ici"),
        _l(
            "Pour que personne ne le retrouve après vous, un reçu ne s'affiche que deux heures."
            " Votre contribution est bien enregistrée : votre lien personnel l'ouvre."
        ),
    ),
    413: Refusal(
        _l("Cet envoi est trop volumineux"),
        _l(
            "Rien n'a été enregistré. Revenez en arrière : votre texte est encore dans le"
            " formulaire ; raccourcissez-le, puis envoyez de nouveau."
        ),
    ),
    415: Refusal(
        _l("Ce site n'attend que ses formulaires"),
        _l("Rien n'a été enregistré. Ouvrez le formulaire d'une mesure et envoyez-le de là."),
    ),
    416: Refusal(
        _l("Ce fichier n'a pas ce morceau"),
        _l("Téléchargez-le de nouveau, en entier : il a peut-être changé entre-temps."),
    ),
    429: Refusal(
        _l("Trop d'essais en peu de temps"),
        _l("Rien n'a été enregistré. Attendez un quart d'heure, puis essayez de nouveau."),
    ),
    500: Refusal(
        _l("Une erreur s'est produite de notre côté"),
        _l(
            "Nous ne savons pas si votre dernier geste a été enregistré. Revenez en arrière et"
            " recommencez : un même envoi n'est jamais compté deux fois."
        ),
    ),
    503: Refusal(
        _l("Le site ne peut rien enregistrer en ce moment"),
        _l(
            "Rien n'a été enregistré. Revenez en arrière : votre texte est encore dans le"
            " formulaire ; envoyez-le de nouveau dans quelques minutes."
        ),
    ),
}

UNREADABLE = Refusal(
    _l("Le site ne peut pas lire ses données en ce moment"),
    _l("Rien n'est perdu. Attendez une minute, puis ouvrez de nouveau cette page."),
)
UNSURE = Refusal(
    _l("Le site ne peut pas lire ses données en ce moment"),
    _l(
        "Nous ne savons pas si votre dernier geste a été enregistré. Attendez une minute, puis"
        " recommencez : un même envoi n'est jamais compté deux fois."
    ),
)

NO_FORM = Refusal(
    _l("Ce formulaire n'existe plus"),
    _l(
        "Rien n'a été enregistré : ce sujet a été retiré ou remplacé pendant que vous écriviez."
        " Gardez votre texte, et choisissez une autre mesure."
    ),
)
TOLD_BY_HEADERS = ("Allow", "Content-Range")
"""What the protocol asks of a refusal: which methods do, and how long the file is."""
NOTED = frozenset({400, 403, 413, 415, 429})
"""The refusals that tell of a fault or an attempt, and are logged."""
NOT_FOR_STAFF = Refusal(
    "Cette page n'existe pas",
    "L'adresse a peut-être été mal recopiée, ou ce qu'elle montrait a été retiré. Le menu mène à"
    " tout ce que vos rôles ouvrent.",
)

Explain = Callable[[Actor, Permission], Any]
_explainers: dict[str, Explain] = {"whom": lambda _actor, _permission: None}


def tell_whom_to_ask_with(explain: Explain) -> None:
    """Say how the page of a 403 learns `roles`, `held` and `addresses`; the room of accounts does.

    `explain` returns None for an actor who has the permission.
    """
    _explainers["whom"] = explain


def _whom_to_ask() -> Any:
    """Return whom a colleague asks for the page of this request; None when nobody can tell."""
    view = current_app.view_functions.get(request.endpoint or "")
    permission, actor = getattr(view, "permission", None), g.get("actor")
    if permission is None or actor is None:
        return None
    with suppress(sa.exc.SQLAlchemyError):  # the refusal is said all the same
        return _explainers["whom"](actor, permission)
    return None


def page(
    status: int, incident: str | None = None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    """Return the page of a refusal; a status without words of its own says those of its class."""
    refusal = refusal or REFUSALS.get(status) or REFUSALS[500 if status >= 500 else 400]
    keep_private()
    staff = is_staff_path(request.path)
    if status == 404 and staff and g.get("actor") is not None:
        refusal = NOT_FOR_STAFF
    typed = _typed(status)
    if status == 404 and typed is not None:
        refusal = NO_FORM
    return (
        render_template(
            "errors/refusal.html",
            refusal=refusal,
            status=status,
            incident=incident,
            staff=staff,
            whom=_whom_to_ask() if status == 403 else None,
            typed=typed,
        ),
        status,
        {"Retry-After": "120"} if status in (429, 503) else {},
    )


def _typed(status: int) -> Typed | None:
    """Return what was typed, where it would be lost: the page that it was sent to can't show it."""
    if request.method != "POST" or (status < 500 and status != 404):
        return None
    typed = Typed.of(request)
    if status >= 500 or typed is None:
        return typed
    return replace(typed, can_be_sent=False) if typed.can_be_sent else None


def _refused(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.get_response().location:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return page(500, _incident(error.original_exception))
    note_refusal(status)
    answer = current_app.make_response(page(status))
    told = error.get_response().headers
    answer.headers.update({name: told[name] for name in TOLD_BY_HEADERS if name in told})
    return answer


def _stay_here(response: Response) -> Response:
    """Lead to the right address of a page on this host, whatever the request says that it is.

    Flask answers by itself where only a slash is missing, with the host that it was told.
    """
    error = request.routing_exception
    if isinstance(error, RequestRedirect):
        place = urlsplit(error.new_url)
        response.location = urlunsplit(("", "", "/" + place.path.lstrip("/"), place.query, ""))
    return response


def _no_host(_error: BadHost) -> ResponseReturnValue:
    """Refuse in bare words a request for a host that is none: no page can be addressed for it."""
    note_refusal(400)
    keep_private()
    return str(REFUSALS[400].body), 400, {"Content-Type": "text/plain; charset=utf-8"}


def _not_allowed(_error: NotAllowed) -> ResponseReturnValue:
    note_refusal(403)
    return page(403)


def note_refusal(status: int) -> None:
    """Log who was refused what by which view, never the address; a page that is not there is not.

    A page of the staff is told to strangers as not being there: that counts.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    is_guarded = getattr(view, "permission", Permission.PUBLIC) is not Permission.PUBLIC
    if status in NOTED or (status == 404 and is_guarded):
        actor = g.get("actor")
        account = None if actor is None else actor.id
        log.warning("refused", status=status, endpoint=request.endpoint, account=account)


def _busy(error: StorageUnavailable) -> ResponseReturnValue:
    return page(503, _incident(error), UNSURE if isinstance(error, OutcomeUnknown) else None)


def _out_of_reach(error: sa.exc.OperationalError) -> ResponseReturnValue:
    """Answer a failure outside `writing`: before it, or after, when all is stored."""
    return page(503, _incident(error), UNSURE if request.method == "POST" else UNREADABLE)


def _incident(error: BaseException | None) -> str:
    """Log where `error` arose, without its message or values, under a number; return the number."""
    number = f"{time.monotonic_ns() // 1000 % 2**32:08x}"  # whatever else fails, this does not
    log.error(
        "incident", incident=number, endpoint=request.endpoint, where=places(error) if error else []
    )
    return number


def _say_nothing(_error: Any) -> None:
    """Stand for Flask's report, which `_incident` replaces."""


def register(app: Flask) -> None:
    """Let every refusal of `app` end in a page."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(BadHost, _no_host)
    app.register_error_handler(StorageUnavailable, _busy)
    app.register_error_handler(sa.exc.OperationalError, _out_of_reach)
    app.register_error_handler(NotAllowed, _not_allowed)
    app.after_request(_stay_here)
    # Flask's own report of an exception holds the path of the request, which may be a secret.
    app.log_exception = _say_nothing  # type: ignore[assignment, method-assign]
