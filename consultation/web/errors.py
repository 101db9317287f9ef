"""Error pages: their texts, and the handlers that display them.

A page gives back what its visitor had typed, so that none of it is lost.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Request, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

from consultation.db.base import OutcomeUnknown, StorageUnavailable
from consultation.db.permanent_rows import TrialRefused
from consultation.logs import places
from consultation.turns import NoDocument, NoTurn
from consultation.web.headers import allow_quick_exit, is_staff_path, keep_private
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class Refusal:
    """Text of an error page."""

    title: str
    body: str
    endpoint: str = ""
    """The page on which to mend it, where there is one."""
    link: str = ""


REFUSALS = {
    400: Refusal(
        _l("Cet envoi est illisible"),
        _l(
            "Ce qui nous est parvenu n'est pas du texte que nous savons lire, et rien n'a été"
            " enregistré. Revenez en arrière : votre texte est encore dans le formulaire."
        ),
    ),
    403: Refusal(
        _l("Vous n'avez pas accès à cette page"),
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
            " plus du tout une fois votre espace fermé ou ce site quitté par « Quitter vite »."
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

CLEANED = Refusal(
    _l("Des caractères illisibles ont été enlevés"),
    _l(
        "Votre envoi contenait des caractères que nous ne savons pas lire : ils sont enlevés, ou"
        " remplacés par « \ufffd ». Rien n'a été enregistré : relisez ce que vous avez écrit, puis"
        " envoyez de nouveau."
    ),
)
"""Text for a cleaned form; the form of a respondent has the same text above its fields."""
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
OF_TRIAL = Refusal(
    "Rien n'est enregistré : un essai est en cours",
    "Un essai s'efface en entier, et ceci resterait pour de bon. Terminez d'abord l'essai, sur la"
    " page de son tour ; puis recommencez.",
    endpoint="rounds.rounds",
    link="Voir les tours",
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


NO_TURN = Refusal(
    _l("Ce document arrive dans un instant"),
    _l(
        "D'autres personnes en demandent un en même temps que vous. Attendez quelques secondes,"
        " puis demandez-le de nouveau : rien n'est perdu."
    ),
)
NO_DOCUMENT = Refusal(
    _l("Ce document ne peut pas être préparé en ce moment"),
    _l("Rien n'est perdu. Essayez de nouveau dans quelques minutes."),
)
ASK_AGAIN = 10
"""Seconds after which a page asks again for a document that has to wait for its turn."""

SECRET = ("password", "secret", "passcode")
NOT_WRITTEN = ("_key", "_token")
DIGEST = re.compile("[0-9a-f]{64}")  # of what a page displayed, in a hidden field
LONG = 40  # characters from which a field is displayed, and not only sent again


@dataclass(frozen=True)
class Typed:
    """Fields of a posted form: those `displayed` for copying, and the `hidden` ones.

    `can_be_sent`: sending the form again does no harm, since a submission key counts once.
    """

    displayed: list[tuple[str, str]]
    hidden: list[tuple[str, str]]
    can_be_sent: bool

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All of them but tokens, to be put back into their form."""
        everything = [*self.displayed, *self.hidden]
        return [each for each in everything if not each[0].endswith(NOT_WRITTEN)]

    @property
    def to_copy(self) -> Self:
        """The same of a form that can't be sent again: a few words are displayed as well."""
        texts = [(name, value) for name, value in self.fields if " " in value.strip()]
        displayed = list(dict.fromkeys([*self.displayed, *texts]))
        hidden = [it for it in self.hidden if it not in displayed]
        return replace(self, displayed=displayed, hidden=hidden, can_be_sent=False)

    @classmethod
    def of(cls, request: Request) -> Self | None:
        """Return the fields of a request; None where it has none, or holds a secret."""
        try:
            fields = [] if request.files else list(request.form.items(multi=True))
        except HTTPException:  # too long, or unreadable
            return None
        if not fields or any(word in name for name, _value in fields for word in SECRET):
            return None
        displayed = [each for each in fields if is_written(*each)]
        hidden = [each for each in fields if not is_written(*each)]
        return cls(displayed, hidden, "submission_key" in request.form)


def fields_to_copy(request: Request) -> Typed | None:
    """Return the fields of a request that must not be sent again as it is, or None."""
    typed = Typed.of(request)
    return None if typed is None else typed.to_copy


def is_written(name: str, value: str) -> bool:
    """Return whether a value was written by hand, and would have to be written again."""
    if name.endswith(NOT_WRITTEN) or DIGEST.fullmatch(value):
        return False
    return len(value) >= LONG or "\n" in value


log = structlog.get_logger()

KEPT_HEADERS = ("Allow", "Content-Range")
"""Headers that HTTP requires of a 405 and of a 416."""
LOGGED = frozenset({400, 403, 413, 415, 429})
"""Statuses that are logged, since they point to a defect or an attack."""

Explain = Callable[[Actor, Permission], Any]
_explainers: dict[str, Explain] = {"whom": lambda _actor, _permission: None}


def explain_refusals_with(explain: Explain) -> None:
    """Set the function that explains a 403 by `roles`, `held` and `addresses`; it is in `accounts`.

    It returns None for an actor who has the permission.
    """
    _explainers["whom"] = explain


def _whom_to_ask() -> Any:
    """Return whom to ask for the permission of this page; None for visitors, or if unknown."""
    view = current_app.view_functions.get(request.endpoint or "")
    permission, actor = getattr(view, "permission", None), g.get("actor")
    if permission is None or actor is None:
        return None
    with suppress(sa.exc.SQLAlchemyError):  # the error page is displayed without it
        return _explainers["whom"](actor, permission)
    return None


def page(
    status: int,
    incident: str | None = None,
    refusal: Refusal | None = None,
    ask_again: int | None = None,
) -> ResponseReturnValue:
    """Return the error page of a status; one without a text has that of 400 or 500.

    A browser asks again for the same address every `ask_again` seconds, until its reader stops it.
    """
    stops_at = _stops_at() if ask_again else None
    keep_private()
    staff = is_staff_path(request.path)
    if staff and g.get("actor") is None:
        allow_quick_exit()  # a visitor's page, with its quick exit
    typed = _typed(status, staff=staff)
    if refusal is None and status == 404:
        refusal = _refusal_of_404(typed, staff=staff)
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
            way_back=_way_back() if staff else "",
            ask_again=ask_again,
            stops_at=stops_at,
        ),
        status,
        ({"Retry-After": str(ask_again or 120)} if status in (429, 503) else {})
        | ({"Refresh": str(ask_again)} if stops_at else {}),
    )


def _stops_at() -> str | None:
    """Return the address of a page that does not ask again by itself; None where this is it."""
    if request.method == "POST" or request.args.get("actualiser") == "non":
        return None
    return "?" + urlencode([*request.args.items(multi=True), ("actualiser", "non")])


def _refusal_of_404(typed: Typed | None, *, staff: bool) -> Refusal | None:
    """Return the text of a 404 for posts, for staff and after a session; None for the usual one."""
    if not staff:
        return None if typed is None else NO_FORM
    if g.get("actor") is not None:
        return NOT_FOR_STAFF
    return ENDED if g.get("connection_ended") else None


def _typed(status: int, *, staff: bool) -> Typed | None:
    """Return the posted fields where the page that they were sent to can't display them again."""
    if request.method != "POST":
        return None
    if status >= 500:
        return Typed.of(request)
    if status == 400 and g.get("was_cleaned"):
        return _cleaned_fields()
    if status != 404 and not (staff and status in (403, 409)):
        return None
    typed = Typed.of(request)
    if typed is None or not (staff or typed.can_be_sent):
        return None
    return typed.to_copy


def _cleaned_fields() -> Typed | None:
    """Return the fields of a cleaned form, of which nothing was stored: it may be sent again."""
    typed = Typed.of(request)
    return None if typed is None else replace(typed, can_be_sent=g.may_send_cleaned)


def _way_back() -> str:
    """Return the address to open after signing in: this one, else that of the form, if any."""
    if _opens(request.path):
        return request.path
    form = urlsplit(request.referrer or "")
    is_ours = form.netloc == request.host and is_staff_path(form.path)
    if not is_ours or not _opens(form.path):
        return ""
    return f"{form.path}?{form.query}" if form.query else form.path


def _opens(path: str) -> bool:
    """Return whether an address answers to GET."""
    addresses = current_app.create_url_adapter(request)
    return addresses is not None and addresses.test(path, method="HEAD")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.get_response().location:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return page(500, _incident(error.original_exception))
    note_refusal(status)
    answer = current_app.make_response(page(status))
    headers = error.get_response().headers
    answer.headers.update({name: headers[name] for name in KEPT_HEADERS if name in headers})
    return answer


def _redirect_here(response: Response) -> Response:
    """Redirect to a path of this host where a slash is missing, whatever the `Host` header says.

    Flask's own redirect repeats the host of the request, in the header and in the body.
    """
    error = request.routing_exception
    if isinstance(error, RequestRedirect) and response.status_code == error.code:
        place = urlsplit(error.new_url)
        here = urlunsplit(("", "", "/" + place.path.lstrip("/"), place.query, ""))
        response.location = here
        response.data = redirect(here, error.code).data
    return response


def _bad_host(_error: BadHost) -> ResponseReturnValue:
    """Refuse an invalid `Host` header in plain text: no page could build its links."""
    note_refusal(400)
    keep_private()
    return str(REFUSALS[400].body), 400, {"Content-Type": "text/plain; charset=utf-8"}


def _not_allowed(_error: NotAllowed) -> ResponseReturnValue:
    note_refusal(403)
    return page(403)


def _of_trial(_error: TrialRefused) -> ResponseReturnValue:
    return page(409, refusal=OF_TRIAL)


def note_refusal(status: int) -> None:
    """Log the account, status and endpoint of a refusal, never the address.

    A 404 is logged for views with a permission only: these answer 404 to visitors.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    is_protected = getattr(view, "permission", Permission.PUBLIC) is not Permission.PUBLIC
    if status in LOGGED or (status == 404 and is_protected):
        actor = g.get("actor")
        account = None if actor is None else actor.id
        log.warning("refused", status=status, endpoint=request.endpoint, account=account)


def _storage_unavailable(error: StorageUnavailable) -> ResponseReturnValue:
    return page(503, _incident(error), UNSURE if isinstance(error, OutcomeUnknown) else None)


def _database_failure(error: sa.exc.OperationalError) -> ResponseReturnValue:
    """Answer a database failure outside `writing`: before the transaction, or after its commit."""
    return page(503, _incident(error), UNSURE if request.method == "POST" else UNREADABLE)


def _no_turn(_error: NoTurn) -> ResponseReturnValue:
    return page(503, refusal=NO_TURN, ask_again=ASK_AGAIN)


def _no_document(error: NoDocument) -> ResponseReturnValue:
    return page(503, _incident(error), NO_DOCUMENT)


def _incident(error: BaseException | None) -> str:
    """Log where `error` was raised, without message or values; return the incident's number."""
    # Needs neither the database nor random bytes.
    number = f"{time.monotonic_ns() // 1000 % 2**32:08x}"
    log.error(
        "incident", incident=number, endpoint=request.endpoint, where=places(error) if error else []
    )
    return number


def _log_nothing(_error: Any) -> None:
    """Replace Flask's report of an exception by none: `_incident` logs it."""


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(BadHost, _bad_host)
    app.register_error_handler(StorageUnavailable, _storage_unavailable)
    app.register_error_handler(sa.exc.OperationalError, _database_failure)
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(TrialRefused, _of_trial)
    app.register_error_handler(NoTurn, _no_turn)
    app.register_error_handler(NoDocument, _no_document)
    app.after_request(_redirect_here)
    # Flask's report of an exception holds the path of the request, which may hold a token.
    app.log_exception = _log_nothing  # type: ignore[assignment, method-assign]
