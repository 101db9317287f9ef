"""What published notes come to, in one line of words."""

from collections.abc import Mapping
from typing import Any

from consultation.i18n import localized
from consultation.results import wording
from consultation.results.tallies import FEASIBILITY, RELEVANCE
from consultation.results.verdicts import Conclusion, Divide, Verdict
from consultation.web.locale import current_locale


def conclusion_of(asked: Mapping[str, Any], sides: Mapping[str, Any]) -> str:
    """Return the sentence of a question that was published, or nothing where there is none."""
    statistics = asked["statistics"]
    if not statistics or asked["code"] not in (RELEVANCE, FEASIBILITY):
        return ""
    divide = statistics["divide"]
    conclusion = Conclusion(
        Verdict(statistics["verdict"]), statistics["lacking"], Divide(*divide) if divide else None
    )
    if asked["code"] == FEASIBILITY:
        return wording.feasibility(conclusion)
    labels = {
        one["code"]: localized(one["label"], current_locale()) for one in sides.get("capacity", ())
    }
    return wording.relevance(conclusion, labels)
