"""Demonstration report: invented, with figures of the invented plan."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.accounts.roles import StaffActor
from consultation.clock import in_paris
from consultation.i18n import Localized
from consultation.reports import editions, figures
from consultation.reports.figures import JUDGEMENT, VALUE
from consultation.web.locale import in_each_language
from consultation.work.services import Work

TITLE: Localized = in_each_language("Le plan à mi-parcours (démonstration)")
INTRODUCTION: Localized = in_each_language(
    "Ce bilan est inventé, pour essayer le site : il ne dit rien d'aucun plan."
)
EXAMPLES: Localized = in_each_language(
    "Par exemple, dans ce plan inventé : **{value}**, et une mesure {judgement}."
)


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
