"""What a test says of a document, and documents of texts that somebody typed on purpose."""

from dataclasses import replace

from consultation.documents.model import Document, Fact, Text
from consultation.plan.models import Axis
from tests.decisions.builders import indicator_subject, make_decision, make_edition
from tests.factories import make_axis, make_indicator, make_measure

HOSTILE = (
    "#set page(height: 1pt) $x$ @label *gras* `code`",
    r"\input{/etc/passwd} \u{1F600} \n",
    "<script>alert('x')</script> &amp; <b>",
    "Émoji 😀 et « guillemets » : l'été ?",
    "=SUM(A1:A2) + une ligne\net une autre\tavec tabulation",
    "{{ 7 * 7 }} {% raw %} ${x} %s %(num)s",
)
RIGHT_TO_LEFT = "عدد الأماكن المفتوحة"
LONG = "Une formulation très longue, mot après mot. " * 450  # nearly 20,000 characters


def measure_of(document, code="T7"):
    return next(it for axis in document.axes for it in axis.measures if it.code == code)


def indicator_of(document, code="T7.1"):
    measure = measure_of(document, code.partition(".")[0])
    return next(it for it in (*measure.indicators, *measure.removed) if it.code == code)


def with_texts(document, text):
    """The document with `text` as its titles and as those of its first measure."""
    typed = Text(text, document.language)
    axis = document.axes[0]
    measure = axis.measures[0]
    facts = [Fact("Définition", typed)]
    indicator = replace(measure.indicators[0], label=typed, facts=facts)
    changed = replace(measure, title=typed, facts=[Fact("", typed)], indicators=[indicator])
    chapter = replace(axis, title=typed, measures=[changed])
    return replace(document, title=typed, axes=[chapter])


def two_editions(session, organiser):
    """A first edition without decision, and a second one that words T7.1 otherwise."""
    make_edition(session, organiser, title="Première version")
    decision = make_decision(
        session, organiser, indicator_subject(session), label="Places ouvertes (T7.1)"
    )
    return make_edition(session, organiser, decision, title="Deuxième version"), decision


def plan_of_axes(session):
    """A plan of six axes with ten measures each and four indicators a measure, of long texts."""
    plan_id = make_axis(session).plan_id
    for place in range(1, 7):
        axis = Axis(plan_id=plan_id, code=f"A{place}", title={"fr": f"Axe {place}"}, position=place)
        session.add(axis)
        session.flush()
        for number in range(1, 11):
            measure = make_measure(session, f"A{place}-{number}", "Un titre long " * 8, 0)
            measure.axis_id = axis.id
            for kind in range(1, 5):
                code = f"{measure.code}.{kind}"
                make_indicator(session, measure, code, kind, "Une formulation longue " * 6)
    session.commit()


def every_text(document: Document):
    """All texts of a document, its own ones too."""

    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for part in value.values():
                yield from walk(part)
        elif isinstance(value, list | tuple):
            for part in value:
                yield from walk(part)

    return list(walk(document.as_json()))
