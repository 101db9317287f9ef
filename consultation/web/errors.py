"""Errors: their pages and words, and what was typed, given back."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Request, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

from consultation.db.base import OutcomeUnknown, StorageUnavailable
from consultation.logs import places
from consultation.web.headers import is_staff_path, keep_private, let_scripts_leave
from consultation.web.permissions import Actor, NotAllowed, Permission


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
            "L'adresse a peut-être été mal recopiée, ou la mesure a été retirée. Vous pouvez"
            " repartir de la liste des mesures."
        ),
    ),
    405: Refusal(
        _l("Cette page ne s'ouvre pas ainsi"),
        _l("Reprenez depuis l'accueil ou la liste des mesures."),
    ),
    410: Refusal(
        _l("Ce reçu n'est plus affiché ici"),
        _l(
            "Pour que personne ne le retrouve après vous, un reçu ne s'affiche que deux heures, et"
            " plus du tout une fois votre espace fermé. Votre contribution est bien enregistrée :"
            " votre lien personnel l'ouvre."
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

CLEANED = Refusal(
    _l("Des caractères illisibles ont été enlevés"),
    _l(
        "Votre envoi contenait des caractères que nous ne savons pas lire : ils sont enlevés, ou"
        " remplacés par « \ufffd ». Rien n'a été enregistré : relisez ce que vous avez écrit, puis"
        " envoyez de nouveau."
    ),
)
"""Of a form that comes back; the form of a respondent says the same above its fields."""
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
NOT_FOR_STAFF = Refusal(
    "Cette page n'existe pas",
    "L'adresse a peut-être été mal recopiée, ou ce qu'elle montrait a été retiré. Le menu mène à"
    " tout ce que vos rôles ouvrent.",
)
SHEET_GONE = Refusal(
    "Ce fichier n'est plus là",
    "Il a déjà été importé, ou abandonné, ou il date de plus d'un jour. Si vous avez confirmé deux"
    " fois, l'import n'a été fait qu'une : le menu mène à ce qu'il a changé.",
)
ENDED = Refusal(
    "Votre connexion a pris fin",
    "Elle s'arrête après trente minutes sans activité, ou quand elle est fermée depuis un autre"
    " appareil. Rien de plus n'a été enregistré : connectez-vous de nouveau, puis reprenez.",
)


SECRET = ("password", "secret", "passcode")
NOT_WRITTEN = ("_key", "_token")
DIGEST = re.compile("[0-9a-f]{64}")  # by which a page of ours tells what it showed
LONG = 40  # characters from which a field is shown and not only carried along


@dataclass(frozen=True)
class Typed:
    """The fields of a form: `shown`, to be read and copied, and `carried`, to be sent with them.

    `can_be_sent` says whether to send them again does no harm: a submission key counts once.
    """

    shown: list[tuple[str, str]]
    carried: list[tuple[str, str]]
    can_be_sent: bool

    @classmethod
    def of(cls, request: Request) -> Self | None:
        """Return what came with the request; None where that was no form, or held a secret."""
        try:
            fields = [] if request.files else list(request.form.items(multi=True))
        except HTTPException:  # too long, or no text at all
            return None
        if not fields or any(word in name for name, _value in fields for word in SECRET):
            return None
        shown = [each for each in fields if is_written(*each)]
        carried = [each for each in fields if not is_written(*each)]
        return cls(shown, carried, "submission_key" in request.form)


def typed_to_copy(request: Request) -> Typed | None:
    """Return what came with a request that is not to be sent again as it is, or None."""
    typed = Typed.of(request)
    return None if typed is None else replace(typed, can_be_sent=False)


def is_written(name: str, value: str) -> bool:
    """Say whether a value is one that somebody wrote, and would have to write again."""
    if name.endswith(NOT_WRITTEN) or DIGEST.fullmatch(value):
        return False
    return len(value) >= LONG or "\n" in value


log = structlog.get_logger()

TOLD_BY_HEADERS = ("Allow", "Content-Range")
"""What the protocol asks of a refusal: which methods do, and how long the file is."""
NOTED = frozenset({400, 403, 413, 415, 429})
"""The refusals that tell of a fault or an attempt, and are logged."""

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
    keep_private()
    staff = is_staff_path(request.path)
    if staff and g.get("actor") is None:
        let_scripts_leave()  # a stranger's page, with its quick exit
    typed = _typed(status, staff=staff)
    if refusal is None and status == 404:
        refusal = _not_here(typed, staff=staff)
    if refusal is None and typed is not None and g.get("was_cleaned"):
        refusal = CLEANED
    refusal = refusal or REFUSALS.get(status) or REFUSALS[500 if status >= 500 else 400]
    return (
        render_template(
            "web/refusal.html",
            refusal=refusal,
            status=status,
            incident=incident,
            staff=staff,
            whom=_whom_to_ask() if status == 403 else None,
            typed=typed,
            has_ended=refusal is ENDED,
            opens_again=staff and _opens_again(),
        ),
        status,
        {"Retry-After": "120"} if status in (429, 503) else {},
    )


def _not_here(typed: Typed | None, *, staff: bool) -> Refusal | None:
    """Return what is said of a page that is not there, or not for who asks, if not the usual."""
    if not staff:
        return None if typed is None else NO_FORM
    if g.get("actor") is not None:
        return NOT_FOR_STAFF
    return ENDED if g.get("connection_ended") else None


def _typed(status: int, *, staff: bool) -> Typed | None:
    """Return what was typed, where it would be lost: the page that it was sent to can't show it."""
    if request.method != "POST":
        return None
    if status >= 500:
        return Typed.of(request)
    if status == 400 and g.get("was_cleaned"):
        return _cleaned()
    if status != 404 and not (staff and status == 403):
        return None
    typed = Typed.of(request)
    if typed is None or not (staff or typed.can_be_sent):
        return None
    return replace(typed, can_be_sent=False)


def _cleaned() -> Typed | None:
    """Return what is left of a form that was cleaned; nothing was done of it, so send it again."""
    typed = Typed.of(request)
    return None if typed is None else replace(typed, can_be_sent=g.may_send_cleaned)


def _opens_again() -> bool:
    """Say whether the address of this request shows a page to whoever comes back to it."""
    addresses = current_app.create_url_adapter(request)
    return addresses is not None and addresses.test(method="HEAD")


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

    Flask answers by itself where only a slash is missing, with the host that it was told, in the
    header and in the text.
    """
    error = request.routing_exception
    if isinstance(error, RequestRedirect) and response.status_code == error.code:
        place = urlsplit(error.new_url)
        here = urlunsplit(("", "", "/" + place.path.lstrip("/"), place.query, ""))
        response.location = here
        response.data = redirect(here, error.code).data
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
