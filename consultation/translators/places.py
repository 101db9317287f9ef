"""Places of texts: a translation is stored where its text stands, by the service of that place."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from consultation.accounts.audit import audit_log
from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.db.stale import StaleEdit
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.invitations.mailings import drafts
from consultation.invitations.models import Mailing
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.outline import service as outlines
from consultation.questionnaires.outline import wordings
from consultation.questionnaires.outline.service import LoggedEdit
from consultation.questionnaires.outline.structure import Outline
from consultation.questionnaires.outline.wordings import Part, Spot
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.questionnaires.rounds import service as rounds
from consultation.questionnaires.rounds import texts as round_texts
from consultation.responses import plan_changes
from consultation.translators.texts import Kind, OrganiserText
from consultation.work.services import Work

WHAT = "un texte"
REASON = "Une traduction est écrite ou revue ; le français ne change pas."
OF_PLAN = (Kind.AXIS, Kind.MEASURE, Kind.INDICATOR)

Record = TypeVar("Record", AxisDraft, MeasureDraft, IndicatorDraft)


@dataclass(frozen=True)
class Translation:
    """What a text is to say in a language; `text` is the one that was translated."""

    text: OrganiserText
    tag: str
    content: str

    def put(self, stored: Mapping[str, str] | None) -> Localized:
        """Return the stored text with the translation; raise `StaleEdit` if its French differs."""
        if stored is None or stored.get(DEFAULT_LOCALE) != self.text.french:
            raise StaleEdit(WHAT)
        return {**stored, self.tag: self.content}


def lock(work: Work) -> None:
    """Let one transaction at a time write into the plan and the rounds."""
    lifecycle.lock_to_publish(work.session)


def write(work: Work, translations: Sequence[Translation], sender: str) -> None:
    """Store translations; raise `StaleEdit` where a text is not the one that was translated.

    The forms of open rounds follow those of the plan.
    """
    by_kind: defaultdict[Kind, list[Translation]] = defaultdict(list)
    for it in translations:
        by_kind[Kind.AXIS if it.text.kind in OF_PLAN else it.text.kind].append(it)
    if of_plan := by_kind[Kind.AXIS]:
        _write_plan(work, of_plan)
    for it in by_kind[Kind.SITE]:
        _write_site_text(work, it)
    for it in by_kind[Kind.ROUND]:
        _write_title(work, it)
    for it in by_kind[Kind.ROUND_TEXT]:
        _write_round_text(work, it, sender)
    for code, of_round in _by_owner(by_kind[Kind.OUTLINE]).items():
        _write_outline(work, code, of_round)
    for public_id, of_message in _by_owner(by_kind[Kind.MESSAGE]).items():
        _write_message(work, public_id, of_message)


def _by_owner(translations: Sequence[Translation]) -> Mapping[str, Sequence[Translation]]:
    by_owner: defaultdict[str, list[Translation]] = defaultdict(list)
    for it in translations:
        by_owner[it.text.key[1]].append(it)
    return by_owner


def _write_site_text(work: Work, translation: Translation) -> None:
    text = site_texts.in_force(work.session)[SiteTextKind(translation.text.key[1])]
    site_texts.write(work, replace(text, content=translation.put(text.content)))


def _write_title(work: Work, translation: Translation) -> None:
    code = translation.text.key[1]
    stored = queries.by_code(work.session, code)
    work.session.refresh(stored)  # it may have been read before the lock was granted
    rounds.translate_title(work, code, translation.put(stored.title))


def _write_round_text(work: Work, translation: Translation, sender: str) -> None:
    _kind, code, name = translation.text.key
    round_ = queries.by_code(work.session, code)
    text = round_texts.in_force(work.session, round_, sender)[RoundTextKind(name)]
    round_texts.write(work, round_, replace(text, content=translation.put(text.content)))


def _write_outline(work: Work, code: str, translations: Sequence[Translation]) -> None:
    def edit(outline: Outline) -> Outline:
        stored = dict(wordings.texts(outline))
        for it in translations:
            _kind, _code, part, owner, name = it.text.key
            spot = Spot(Part(part), owner, name)
            outline = wordings.put(outline, spot, it.put(stored.get(spot)))
        return outline

    outlines.change(work, queries.by_code(work.session, code), edit, LoggedEdit("translated"))


def _write_message(work: Work, public_id: str, translations: Sequence[Translation]) -> None:
    mailing = work.session.scalars(sa.select(Mailing).where(Mailing.public_id == public_id)).one()
    draft = drafts.draft_of(mailing)
    texts: dict[str, Any] = {
        it.text.key[2]: it.put(getattr(draft, it.text.key[2])) for it in translations
    }
    drafts.change(work, mailing, replace(draft, **texts), draft.digest)
    audit_log.log(work, "mailing_changed", public_id)


def _write_plan(work: Work, translations: Sequence[Translation]) -> None:
    of_owner: defaultdict[tuple[str, ...], list[Translation]] = defaultdict(list)
    for it in translations:
        of_owner[it.text.key[:2]].append(it)

    def put(kind: Kind, record: Record) -> Record:
        given = of_owner.pop((kind, record.code), [])
        texts: dict[str, Any] = {
            it.text.key[2]: it.put(getattr(record, it.text.key[2])) for it in given
        }
        return replace(record, **texts)

    def explained(indicator: IndicatorDraft) -> IndicatorDraft:
        changed = put(Kind.INDICATOR, indicator)
        return changed if changed == indicator else replace(changed, reason=REASON)

    def change(draft: PlanDraft) -> PlanDraft:
        axes = tuple(put(Kind.AXIS, it) for it in draft.axes)
        measures = tuple(
            replace(put(Kind.MEASURE, it), indicators=tuple(map(explained, it.indicators)))
            for it in draft.measures
        )
        if of_owner:
            raise StaleEdit("le plan")
        return replace(draft, axes=axes, measures=measures)

    plan_changes.revise(work, change)
    audit_log.log(work, "plan_changed", None, {"what": "translated"})
