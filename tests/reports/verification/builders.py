"""Reports for tests of their verification: many alike figures, and texts of any kind."""

import copy
from datetime import UTC, datetime

from consultation.clock import now
from consultation.documents import docx, formats
from consultation.documents.build import Site
from consultation.documents.formats import DocumentFormat
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.reports.build import Front, Others
from consultation.reports.printed import layout
from consultation.reports.verification import file_text, process
from consultation.reports.verification.places import places_of
from consultation.reports.verification.process import Original
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.plan.values.builders import MEASURED, SMALLEST, make_value, publish_values
from tests.reports.builders import make_report

SITE = Site("https://exemple.fr", SMALLEST)
CITING = (
    "De {{depart:T7.1}} à **{{cible:T7.1@fin}}** en deux ans.\n\n"
    "- Puis {{valeur:T8.2@mi-parcours:etat}}, [voir](https://exemple.fr/a)."
)


def make_repeating_report(session, measures=3, indicators=3):
    """Publish a report whose tables repeat the same values, start values and targets."""
    organiser = make_organiser(session)
    rows = []
    for number in range(measures):
        code = f"T{7 + number}"
        make_measure(session, code, indicators=indicators)
        for place in range(1, indicators + 1):
            indicator = queries.stored_indicator(session, f"{code}.{place}")
            measurements.store(indicator.version, MEASURED, now())
            session.commit()
            rows += _values(session, organiser, indicator)
    publish_values(session, organiser, *rows)
    return make_report(session, organiser, introduction=CITING, axis_texts={"T": "Un axe."})


def _values(session, organiser, indicator):
    for reporter in (Reporter.STATE, Reporter.COLLECTIVE):
        for point in (ValuePoint.INTERIM, ValuePoint.MIDTERM):
            yield make_value(
                session, organiser, indicator, 150.0, point=point, reported_by=reporter,
                covers="La France", source="Rapport annuel",
            )  # fmt: skip


def document_of(content, language="fr", others=None):
    front = Front(1, datetime(2026, 10, 1, 8, tzinfo=UTC), "ab" * 32)
    return layout.document_of(content, front, others or Others({}, {}), language, SITE, None)


def written(document, format):
    """The file of a document; DOCX without a process of its own, which takes longer.

    ODT is compared with the DOCX of which it is made.
    """
    if format in ("docx", "odt"):
        return docx.written(document)
    return formats.written(document, DocumentFormat(format))


def original_of(content, document, format, openings=()):
    made = written(document, format)
    return Original(made, places_of(document, content), document.numbers, openings)


def findings(sent, original):
    """What is found in a file, beside the one made again."""
    return process.compared(sent, file_text.read(sent), original).findings


def first_indicator(content):
    """The content of a report with one measure and one indicator, and all its figures."""
    small = copy.deepcopy(content)
    (axis,) = small["axes"]
    (measure, *_others), codes = axis["measures"], ("T7", "T7.1")
    axis["measures"] = [measure | {"indicators": measure["indicators"][:1]}]
    small["figures"] = {id: it for id, it in small["figures"].items() if it["code"] in codes}
    return small


def with_texts(content, chance, texts):
    """The content of a report with any texts in the place of its own, around its figures."""
    changed = copy.deepcopy(content)
    citing = ["{{valeur:T7.1@mi-parcours:etat}}", "[a](https://exemple.fr/?q={{depart:T7.1}})"]
    changed["introduction"] = {"fr": " ".join([*chance.choices(texts, k=2), *citing])}
    for axis in changed["axes"]:
        axis["title"] = {"fr": chance.choice(texts)}
        axis["introduction"] = {"fr": chance.choice(texts) + " {{cible:T7.1@fin}}"}
        for measure in axis["measures"]:
            measure["title"] = {"fr": chance.choice(texts)}
            measure["summary"] = {"fr": chance.choice(texts)}
            for indicator in measure["indicators"]:
                indicator["label"] = {"fr": chance.choice(texts)}
                indicator["definition"] = {"fr": chance.choice(texts)}
    for figure in changed["figures"].values():
        for name in ("covers", "source", "reporter"):
            if name in figure["facts"]:
                figure["facts"][name] = chance.choice(texts)
    return changed
