"""Demonstration report: invented, with figures of the invented plan."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.accounts.roles import StaffActor
from consultation.clock import in_paris
from consultation.i18n import Localized
from consultation.reports import editions, figures
from consultation.reports.figures import JUDGEMENT, VALUE
from consultation.work.services import Work

TITLE: Localized = {
    "fr": "Le plan à mi-parcours (démonstration)",
    "en": "The plan at mid-term (demonstration)",
}
INTRODUCTION: Localized = {
    "fr": "Ce bilan est inventé, pour essayer le site : il ne dit rien d'aucun plan.",
    "en": "This report is invented, for trying out the site: it says nothing of any plan.",
}
EXAMPLES: Localized = {
    "fr": "Par exemple, dans ce plan inventé : **{value}**, et une mesure {judgement}.",
    "en": "For example, in this invented plan: **{value}**, and a measure {judgement}.",
}


def publish(session: Session, actor: StaffActor, at: datetime) -> None:
    """Publish a report that cites a value and a judgement, as far as there are any."""
    known = figures.load(session, in_paris(at).date())
    cited = {
        name: next((it.citation for it in known if it.kind == kind), None)
        for name, kind in (("value", VALUE), ("judgement", JUDGEMENT))
    }
    introduction = INTRODUCTION
    if all(cited.values()):
        introduction = {
            language: f"{text}\n\n{EXAMPLES[language].format(**cited)}"
            for language, text in INTRODUCTION.items()
        }
    texts = {"title": TITLE, "introduction": introduction, "axis_texts": {}}
    edition = editions.prepare(Work(session, actor, at), texts, None)
    editions.publish(Work(session, actor, at), edition.prepared_at)
