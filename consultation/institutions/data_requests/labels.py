"""French words for data requests."""

from consultation.institutions.data_requests.models import DataRequest
from consultation.web.typography import day

LONGEST_INSTITUTION, LONGEST_CONTACT, LONGEST_SIGNATORY = 300, 500, 200
LONGEST_DOCUMENT, LONGEST_NOTE, LONGEST_CODES = 500, 1000, 500


def moment_of(request: DataRequest) -> str:
    """Return for when the figures are asked."""
    if request.point is not None:
        return request.point.label
    assert request.day is not None
    return day(request.day)
