"""What a test says of a document, and documents of texts that somebody typed on purpose."""

from dataclasses import replace

from consultation.documents.model import Document, Fact, Text
from tests.decisions.builders import indicator_subject, make_decision, make_edition

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
