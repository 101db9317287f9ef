"""French texts of a request: its state, and what its mails became."""

from datetime import datetime

from consultation.i18n import Labelled
from consultation.institutions.replies import requests
from consultation.institutions.replies.models import ReplyRequest


class RequestState(Labelled):
    OPEN = "open", "en attente d'une réponse"
    REPLIED = "replied", "répondu, peut encore être corrigé"
    TO_PUBLISH = "to_publish", "à publier"
    PUBLISHED = "published", "publiée"
    WITHDRAWN = "withdrawn", "retirée"


def state(request: ReplyRequest, at: datetime) -> RequestState:
    if request.withdrawn_at is not None:
        return RequestState.WITHDRAWN
    if request.published_at is not None:
        return RequestState.PUBLISHED
    if requests.is_over(request, at):
        return RequestState.TO_PUBLISH
    return RequestState.REPLIED if request.replies else RequestState.OPEN
