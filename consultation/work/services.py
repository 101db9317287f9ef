"""One piece of work: on which session of the database, by whom, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.web.permissions import Actor, NotAllowed, Permission

Service = TypeVar("Service", bound=Callable[..., Any])


@dataclass(frozen=True)
class Work:
    """What every service of the team is given first."""

    session: Session
    actor: Actor
    at: datetime = field(default_factory=now)
    """The moment of all that it stores."""

    def check(self, permission: Permission) -> None:
        """Raise `NotAllowed` unless the actor has `permission`."""
        if not self.actor.may(permission):
            raise NotAllowed(permission)


def needs(permission: Permission) -> Callable[[Service], Service]:
    """Let a service work for actors with `permission` only: it raises `NotAllowed` for others."""

    def decorate(service: Service) -> Service:
        @wraps(service)
        def checked(work: Work, *args: Any, **kwargs: Any) -> Any:
            work.check(permission)
            return service(work, *args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate
