"""Remarks on the wording of an indicator: what would make it hard to measure.

Only French texts are read.  The rules are few and plain, and none of them refuses anything; a
remark that people do not want to read again on an indicator is silenced, with a reason.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.i18n import DEFAULT_LOCALE, Localized, folded, localized
from consultation.plan.drafts import IndicatorDraft
from consultation.plan.models import Indicator, MeasuredAs, Remark, SilencedRemark
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

WITHOUT_UNIT = {MeasuredAs.YES_NO, MeasuredAs.LEVEL, MeasuredAs.DATE}

_QUANTITY = (
    "nombre|part|proportion|pourcentage|taux|ratio|montant|coût|budget|délai|durée|date|âge|niveau"
    "|degré|score|indice|fréquence|effectif|total|volume"
)
_IS_COUNTED = re.compile(rf"\b({folded(_QUANTITY)})s?\b|\d")
_INTENTION = re.compile(
    r"(mieux|meilleure?s?|qualite|efficacite|pertinence|visibilite)\b"
    r"|\w+(ement|ation|otion|oration) (de|du|des|d'|de l'|de la)"
    r"|\w{2,}(er|ir|ire|dre|tre)\b"
)
_IS_STATED = re.compile(
    r"(existence|mise en place|adoption|publication|creation|signature|ratification|nomination"
    r"|ouverture|entree en vigueur)\b"
)
_SHARE = re.compile(r"(part|proportion|pourcentage|%|taux|ratio)s?\b")
_WHOLE = re.compile(
    r"\b(parmi|rapporte\w*|ensemble des|total\w*|au sein|sur (les?|la|cent)"
    r"|pour (100|1000|mille))\b"
)
_SHARE_OF = re.compile(r"(?:parts?|proportions?|pourcentages?|%) (?:de |des |du |d')(?:la |l')?")
_QUALIFIERS = {"qui", "que", "dont", "ayant", "en", "sous", "avec", "sans"}
_PARTICIPLES = ("é", "ée", "és", "ées", "is", "ise", "ises", "us", "ue", "ues")
_INFINITIVES = ("er", "ir", "ire", "dre")
_BEFORE_GROUPS = {"par", "selon", "entre", "avec"}
_QUANTITIES = set(_QUANTITY.split("|"))
_DATED = re.compile(
    r"\b20\d\d\b|fin du plan|mi-parcours|\b(par|chaque|tous les) (ans?|annee|mois|trimestre)\b"
)


def remarks_on(indicator: IndicatorDraft) -> list[Remark]:
    """Return the remarks on a wording, in the order of `Remark`."""
    return [remark for remark in Remark if _RULES[remark](indicator)]


def _french(text: Localized | None) -> str:
    return folded(localized(text, DEFAULT_LOCALE))


def _is_uncountable(indicator: IndicatorDraft) -> bool:
    label = _french(indicator.label)
    if indicator.measurement.measured_as in WITHOUT_UNIT or _IS_COUNTED.search(label):
        return False
    return _INTENTION.match(label) is not None


def _has_two_things(indicator: IndicatorDraft) -> bool:
    """Return whether two things are counted; accents tell participles from other words."""
    tokens = _tokens(indicator.label)
    tokens = list(takewhile(lambda word: word not in _BEFORE_GROUPS, tokens))
    return any(
        _joins_two(tokens[:place], tokens[place + 1 :])
        for place, word in enumerate(tokens)
        if word == "et"
    )


def _joins_two(before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether « et » stands between two things that are counted or done."""
    if not before or not after:
        return False
    first, last, following = before[0], before[-1], after[0]
    has_infinitive = any(word.endswith(_INFINITIVES) for word in before)
    next_one = after[1] if following.endswith("ment") and len(after) > 1 else following
    return (
        following.rstrip("s") in _QUANTITIES
        or (before == [first] and first.rstrip("s") in _QUANTITIES)
        or (has_infinitive and following.endswith(_INFINITIVES))
        or (last.endswith(_PARTICIPLES) and next_one.endswith(_PARTICIPLES))
        or (first == "nombre" and (following in ("de", "des") or following.startswith("d'")))
    )


def _tokens(text: Localized) -> list[str]:
    """Return the words of the French text before any parenthesis, accents kept."""
    label = localized(text, DEFAULT_LOCALE).casefold().replace("’", "'").partition("(")[0]
    return label.replace(",", " ").split()


def _has_no_denominator(indicator: IndicatorDraft) -> bool:
    label = " ".join(_tokens(indicator.label))
    if not _SHARE.match(label) or _names_a_group(label):
        return False
    return not any(_WHOLE.search(_french(text)) for text in (indicator.label, indicator.definition))


def _names_a_group(label: str) -> bool:
    """Return whether a share is « of » those who are or have something."""
    match = _SHARE_OF.match(label)
    further = label[match.end() :].split()[1:] if match else []
    return any(word in _QUALIFIERS or word.endswith(_PARTICIPLES) for word in further)


def _has_no_unit(indicator: IndicatorDraft) -> bool:
    kind = indicator.measurement.measured_as
    if kind in WITHOUT_UNIT or (kind is None and _IS_STATED.match(_french(indicator.label))):
        return False
    return not indicator.unit


def _has_no_source(indicator: IndicatorDraft) -> bool:
    return not indicator.data_source


def _has_undated_target(indicator: IndicatorDraft) -> bool:
    """Return whether the final target, else that at mid-term, names no date, typed or not."""
    typed = indicator.measurement
    for text, figure in (
        (indicator.final_target, typed.final),
        (indicator.midterm_target, typed.midterm),
    ):
        if text or figure:
            return not (figure and figure.dated) and not _DATED.search(_french(text))
    return False


_RULES: Mapping[Remark, Callable[[IndicatorDraft], bool]] = {
    Remark.UNCOUNTABLE: _is_uncountable,
    Remark.TWO_THINGS: _has_two_things,
    Remark.NO_DENOMINATOR: _has_no_denominator,
    Remark.NO_UNIT: _has_no_unit,
    Remark.NO_SOURCE: _has_no_source,
    Remark.UNDATED_TARGET: _has_undated_target,
}


LONGEST_REASON = 200
"""Characters of the reason of a silence."""


def silences(session: Session, indicator: Indicator) -> Sequence[SilencedRemark]:
    """Return the silenced remarks of an indicator, the oldest first."""
    of_indicator = sa.select(SilencedRemark).filter_by(indicator_id=indicator.id)
    return session.scalars(of_indicator.order_by(SilencedRemark.id)).all()


def silence(work: Work, indicator: Indicator, remark: Remark, why: str) -> None:
    """Silence a remark on an indicator, unless somebody did already; raise `NotAllowed`."""
    _lock(work, indicator)
    if any(row.remark is remark for row in silences(work.session, indicator)):
        return
    row = SilencedRemark(indicator_id=indicator.id, remark=remark, why=why, silenced_at=work.at)
    work.session.add(row)
    details = {"remark": remark.value}
    audit_log.log(work, "remark_silenced", indicator.code, details)


def restore(work: Work, indicator: Indicator, remark: Remark) -> None:
    """Let a remark be made again; raise `NotAllowed`."""
    _lock(work, indicator)
    for row in silences(work.session, indicator):
        if row.remark is remark:
            work.session.delete(row)
            details = {"remark": remark.value}
            audit_log.log(work, "remark_restored", indicator.code, details)


@needs(Permission.EDIT_PLAN)
def _lock(work: Work, indicator: Indicator) -> None:
    work.session.execute(sa.select(Indicator.id).filter_by(id=indicator.id).with_for_update())
