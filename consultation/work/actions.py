"""Actions of the team's pages: a form checked, a service in one transaction, the next page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.web.forms import StaffForm
from consultation.web.permissions import current_actor
from consultation.work.services import Work

T = TypeVar("T")


@dataclass(frozen=True)
class AtField:
    """A refusal that is said at the field whose content is refused."""

    name: str
    sentence: str | Callable[[Any], str]
    """Or what makes one of the exception."""
    status: int = 409


@dataclass(frozen=True)
class Elsewhere:
    """A refusal that is said at another address: nothing is left to display here."""

    address: str
    sentence: str = ""
    """The exception's own where none is given."""


Refusal = str | AtField | Elsewhere | Callable[[Any], ResponseReturnValue]
"""A sentence for the page, one at a field or elsewhere, or what answers the exception."""
NONE: Mapping[type[Exception], Refusal] = MappingProxyType({})


def current_work() -> Work:
    """The work of the signed-in actor, from now on."""
    actor = current_actor()
    assert actor is not None, "its view requires a permission"
    return Work(db.session(), actor, now())


def act(
    service: Callable[[Work], T],
    *,
    to: str | Callable[[T], str],
    done: str | Callable[[T], str] = "",
    form: StaffForm | None = None,
    page: Callable[..., Any] | None = None,
    refusals: Mapping[type[Exception], Refusal] = NONE,
) -> ResponseReturnValue:
    """Let a service work in one transaction, say that it is `done`, and go on `to` an address.

    `page` displays again what was sent: as it is where the form is invalid (422), with
    `stale` where a colleague was faster, with `problem` where `refusals` has a sentence for what
    the service raised (409).  What the service returns outlives the transaction.
    """
    again = page or _nothing
    if form is not None and not form.validate():
        return again(), 422
    answers = dict(refusals)
    if page is not None:
        answers.setdefault(StaleEdit, lambda stale: (again(stale=stale), 409))
    try:
        with writing(db.session()):
            result = service(current_work())
    except tuple(answers) as error:
        refusal = next(it for kind, it in answers.items() if isinstance(error, kind))
        return _refused(refusal, error, again, form)
    sentence = done(result) if callable(done) else done
    if sentence:
        flash(sentence)
    return redirect(to(result) if callable(to) else to, 303)


def _refused(
    refusal: Refusal, error: Exception, again: Callable[..., Any], form: StaffForm | None
) -> ResponseReturnValue:
    match refusal:
        case str():
            return again(problem=refusal), 409
        case AtField(name, sentence, status):
            assert form is not None
            form.add_error(name, sentence(error) if callable(sentence) else sentence)
            return again(), status
        case Elsewhere(address, sentence):
            flash(sentence or str(error))
            return redirect(address, 303)
    return refusal(error)


def _nothing(**_context: Any) -> Any:
    raise AssertionError("an action that may be refused has a page")
