"""Letter of a data request: its parts, as text to copy and as PDF to print.

It says nothing of the law but what the collective wrote; until then a mark stands in its place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.institutions.data_requests.labels import moment_of
from consultation.institutions.data_requests.models import DataRequest
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import IndicatorVersion, Plan, Point
from consultation.plan.values.models import ValuePoint
from consultation.typesetting.subprocess import AUTHOR
from consultation.typesetting.tagged_pdf import tagged_pdf
from consultation.web.typography import day, french

TEMPLATE = PACKAGE / "typesetting" / "letter.typ"
TO_WRITE = "[Base légale : à écrire par le collectif et à vérifier par son conseil avant l'envoi.]"
_PLACEHOLDER = re.compile(r"\[(?!…\]|\.\.\.\])[^\[\]\n]+\](?!\()")
"""A passage in square brackets that is neither an omission in a quotation nor a link."""
MISSING = "Certains caractères n'existent pas dans la police : leur code est entre crochets."


@dataclass(frozen=True)
class FigureSought:
    """An indicator as the letter names it: its code with its label, then its facts by label."""

    title: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Letter:
    """A letter in French typography; `has_grounds` is false while nobody wrote its legal text.

    `placeholders` are the passages that are still to be written: see `placeholders_of`.
    """

    sender: str
    recipient: Sequence[str]
    date: str
    subject: str
    opening: Sequence[str]
    figures: Sequence[FigureSought]
    grounds: str
    closing: Sequence[str]
    signature: Sequence[str]
    has_grounds: bool
    placeholders: Sequence[str]


def placeholders_of(request: DataRequest, grounds: str) -> Sequence[str]:
    """Return the passages in square brackets of what the team wrote, which are still to write."""
    texts = (request.institution, request.contact, request.document, request.signatory)
    written = "\n".join(text or "" for text in (*texts, grounds or TO_WRITE))
    return [it.group() for it in _PLACEHOLDER.finditer(written)]


def letter_of(
    request: DataRequest, *, plan: Plan | None, grounds: str, reply_to: str, on: date
) -> Letter:
    """Return the letter of a request, dated `on`; `grounds` is the legal text, empty without."""
    moment = _dated_moment(request, plan, on)
    title = plan.title[DEFAULT_LOCALE] if plan else ""
    is_one = len(request.versions) == 1
    what = "la valeur de cet indicateur" if is_one else "la valeur de ces indicateurs"
    opening = (
        "Madame, Monsieur,",
        (
            f"Le collectif {AUTHOR} suit la mise en œuvre de ce plan : {title}. Pour dire où elle"
            " en est, il vous prie de lui communiquer le document suivant :"
        ),
        request.document,
        f"Nous y cherchons {what}, pour le moment suivant : {moment}.",
    )
    closing = (
        (
            "Si un chiffre n'existe pas, ou si vous ne pouvez pas nous le communiquer, merci de"
            " nous écrire pourquoi : nous le dirons comme vous le direz."
        ),
        f"Vous pouvez répondre à {reply_to}.",
        "Nous vous prions d'agréer, Madame, Monsieur, nos salutations respectueuses.",
    )
    signature = [it for it in (request.signatory, f"Pour le collectif {AUTHOR}") if it]
    return Letter(
        sender=french(AUTHOR),
        recipient=[request.institution, *(request.contact or "").splitlines()],
        date=french(f"Le {day(on)}"),
        subject=french(f"Objet : demande d'un document sur les indicateurs de ce plan : {title}"),
        opening=[french(it) for it in opening],
        figures=[_figure(it) for it in request.versions],
        grounds=french(grounds or TO_WRITE),
        closing=[french(it) for it in closing],
        signature=[french(it) for it in signature],
        has_grounds=bool(grounds),
        placeholders=placeholders_of(request, grounds),
    )


def _dated_moment(request: DataRequest, plan: Plan | None, on: date) -> str:
    """Return for when the figures are asked, with the years that the plan gave for it on a day."""
    moment, years = moment_of(request), _years(request, plan, on)
    if not years:
        return moment
    *others, last = years
    listed = f"{', '.join(others)} ou {last}, selon l'indicateur" if others else last
    return f"{moment} ({listed})"


def _years(request: DataRequest, plan: Plan | None, on: date) -> Sequence[str]:
    """Return the years of the targets for the moment; without any, that in which the plan ends."""
    if request.point is None or request.point is ValuePoint.INTERIM:
        return ()
    point = Point(request.point.value)
    targets = (measurement_of(it, on).figure(point) for it in request.versions)
    years = {it.dated[:4] for it in targets if it and it.dated}
    if not years and request.point is ValuePoint.FINAL and plan and plan.ends_on:
        return (str(plan.ends_on.year),)
    return sorted(years)


def as_text(letter: Letter) -> str:
    """Return the letter as plain text, to copy into a mail."""
    figures = [
        "\n".join([f"– {it.title}", *(f"  {label} : {value}" for label, value in it.facts)])
        for it in letter.figures
    ]
    blocks = [
        letter.sender,
        "\n".join(letter.recipient),
        letter.date,
        letter.subject,
        *letter.opening,
        *map(french, figures),
        letter.grounds,
        *letter.closing,
        "\n".join(letter.signature),
    ]
    return "\n\n".join(blocks) + "\n"


def as_pdf(letter: Letter) -> bytes:
    """Return the letter as a PDF; raise `NoTypesetting`."""
    content = {
        "author": AUTHOR,
        "sender": letter.sender,
        "recipient": list(letter.recipient),
        "date": letter.date,
        "subject": letter.subject,
        "opening": list(letter.opening),
        "figures": [
            {"title": it.title, "facts": [french(f"{a} : {b}") for a, b in it.facts]}
            for it in letter.figures
        ],
        "grounds": letter.grounds,
        "closing": list(letter.closing),
        "signature": list(letter.signature),
    }
    return tagged_pdf(TEMPLATE, content, french(MISSING))


def _figure(version: IndicatorVersion) -> FigureSought:
    texts = (("Définition", version.definition), ("Unité", version.unit))
    facts = [(label, french(localized(text, DEFAULT_LOCALE))) for label, text in texts if text]
    label = localized(version.label, DEFAULT_LOCALE)
    return FigureSought(french(f"{version.indicator.code} {label}"), facts)
