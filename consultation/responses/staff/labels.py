"""French labels of responses on the staff pages."""

from consultation.responses.staff.queries import Status
from consultation.web.typography import counted


def counts_sentence(count_by_status: dict[Status, int]) -> str:
    """Return the numbers of a list: « 473 contributions, 27 remplacées, 9 retirées »."""
    parts = [counted(count_by_status[Status.CURRENT], "contribution", "contributions")]
    if superseded := count_by_status[Status.SUPERSEDED]:
        parts.append(counted(superseded, "remplacée", "remplacées"))
    if withdrawn := count_by_status[Status.WITHDRAWN]:
        parts.append(counted(withdrawn, "retirée", "retirées"))
    return ", ".join(parts)
