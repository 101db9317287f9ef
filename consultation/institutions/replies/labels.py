"""French texts of a request: its state, and what its mails became."""

import enum
from collections.abc import Mapping
from datetime import datetime

from consultation.institutions.replies import requests
from consultation.institutions.replies.models import ReplyRequest


class RequestState(enum.StrEnum):
    """Where a request is."""

    OPEN = "open"
    REPLIED = "replied"
    TO_PUBLISH = "to_publish"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


STATES: Mapping[RequestState, str] = {
    RequestState.OPEN: "en attente d'une réponse",
    RequestState.REPLIED: "répondu, peut encore être corrigé",
    RequestState.TO_PUBLISH: "à publier",
    RequestState.PUBLISHED: "publiée",
    RequestState.WITHDRAWN: "retirée",
}
LANGUAGES: Mapping[str, str] = {"fr": "français", "en": "anglais"}


def state(request: ReplyRequest, at: datetime) -> RequestState:
    """Return where a request is."""
    if request.withdrawn_at is not None:
        return RequestState.WITHDRAWN
    if request.published_at is not None:
        return RequestState.PUBLISHED
    if requests.is_over(request, at):
        return RequestState.TO_PUBLISH
    return RequestState.REPLIED if request.replies else RequestState.OPEN
