"""French words for data requests."""

from collections.abc import Mapping

from consultation.institutions.data_requests.life import RequestState
from consultation.institutions.data_requests.models import DataRequest, RequestEventKind
from consultation.web.typography import day

STATES: Mapping[RequestState, str] = {
    RequestState.PREPARED: "à envoyer",
    RequestState.REQUESTED: "demandé",
    RequestState.NO_ANSWER: "sans réponse",
    RequestState.REFUSED: "refusé",
    RequestState.ANSWERED: "répondu",
    RequestState.WITHDRAWN: "abandonné",
}
EVENTS: Mapping[RequestEventKind, str] = {
    RequestEventKind.REQUESTED: "La lettre est partie",
    RequestEventKind.ANSWERED: "L'institution a répondu",
    RequestEventKind.REFUSED: "L'institution a refusé",
    RequestEventKind.NO_ANSWER: "L'institution n'a pas répondu",
    RequestEventKind.WITHDRAWN: "Nous abandonnons la demande",
    RequestEventKind.UNDONE: "La dernière étape est annulée",
}
LONGEST_INSTITUTION, LONGEST_CONTACT, LONGEST_SIGNATORY = 300, 500, 200
LONGEST_DOCUMENT, LONGEST_NOTE, LONGEST_CODES = 500, 1000, 500


def moment_of(request: DataRequest) -> str:
    """Return for when the figures are asked."""
    if request.point is not None:
        return request.point.label
    assert request.day is not None
    return day(request.day)
