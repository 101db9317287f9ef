"""Letter of a data request: its parts, as text to copy and as PDF to print.

It says nothing of the law but what the collective wrote; until then a mark stands in its place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consultation.clock import in_paris
from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.institutions.data_requests.labels import moment_of
from consultation.institutions.data_requests.models import DataRequest
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import IndicatorVersion, Plan, Point
from consultation.plan.overview.labels import dated_text
from consultation.plan.values.models import ValuePoint
from consultation.typesetting.subprocess import AUTHOR
from consultation.typesetting.tagged_pdf import tagged_pdf
from consultation.web.typography import day, french

TEMPLATE = PACKAGE / "typesetting" / "letter.typ"
TO_WRITE = "[Base légale : à écrire par le collectif et à vérifier par son conseil avant l'envoi.]"
NEAREST = (
    "Là où le plan ne donne pas le jour de l'échéance, donnez-nous le chiffre le plus proche, avec"
    " sa date."
)
ADDRESS_TO_WRITE = "[Adresse postale du collectif : à écrire.]"
_PLACEHOLDER = re.compile(r"\[(?!…\]|\.\.\.\])[^\[\]\n]+\](?!\()")
"""A passage in square brackets that is neither an omission in a quotation nor a link."""
MISSING = "Certains caractères n'existent pas dans la police : leur code est entre crochets."


@dataclass(frozen=True)
class FigureSought:
    """An indicator as the letter names it: its code with its label, then its facts by label."""

    title: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class CollectiveTexts:
    """What the collective writes once for all of its letters; empty where it has not yet."""

    grounds: str
    address: str
    """Postal, in lines."""


@dataclass(frozen=True)
class Letter:
    """A letter in French typography; `has_grounds` is false while nobody wrote its legal text.

    `placeholders` are the passages that are still to be written: see `placeholders_of`.
    """

    sender: Sequence[str]
    """The name of the collective, then the lines of its address."""
    recipient: Sequence[str]
    date: str
    reference: str
    subject: str
    opening: Sequence[str]
    figures: Sequence[FigureSought]
    grounds: str
    closing: Sequence[str]
    signature: Sequence[str]
    has_grounds: bool
    has_address: bool
    placeholders: Sequence[str]


def placeholders_of(request: DataRequest, texts: CollectiveTexts) -> Sequence[str]:
    """Return the passages in square brackets of what the team wrote, which are still to write."""
    own = (request.institution, request.contact, request.document, request.signatory)
    of_all = (_grounds(texts), *_address(request, texts))
    written = "\n".join(text or "" for text in (*own, *of_all))
    return [it.group() for it in _PLACEHOLDER.finditer(written)]


def reference_of(request: DataRequest) -> str:
    """Name a request by its year and its number, for the answer to recall it."""
    return f"DC-{in_paris(request.created_at).year}-{request.id:03}"


def letter_of(
    request: DataRequest, *, plan: Plan | None, texts: CollectiveTexts, reply_to: str, on: date
) -> Letter:
    """Return the letter of a request, dated `on`."""
    title = plan.title[DEFAULT_LOCALE] if plan else ""
    dates = _dates(request, plan, on)
    reference = reference_of(request)
    opening = (
        "Madame, Monsieur,",
        (
            f"Le collectif {AUTHOR} suit la mise en œuvre du plan « {title} ». Pour dire où elle"
            " en est, il vous prie de lui communiquer le document suivant :"
        ),
        f"« {request.document} »",
        _search(request, plan, dates),
    )
    closing = (
        (
            "Si un chiffre n'existe pas, ou si vous ne pouvez pas nous le communiquer, merci de"
            " nous écrire pourquoi : nous le dirons comme vous le direz."
        ),
        f"Vous pouvez répondre à {reply_to}, en rappelant la référence {reference}.",
        "Nous vous prions d'agréer, Madame, Monsieur, nos salutations respectueuses.",
    )
    signature = [it for it in (request.signatory, f"Pour le collectif {AUTHOR}") if it]
    return Letter(
        sender=[french(it) for it in (AUTHOR, *_address(request, texts))],
        recipient=[request.institution, *(request.contact or "").splitlines()],
        date=french(f"Le {day(on)}"),
        reference=french(f"Référence : {reference}"),
        subject=french(f"Objet : demande du document « {request.document} »"),
        opening=[french(it) for it in opening],
        figures=_figures(request, plan, dates),
        grounds=french(_grounds(texts)),
        closing=[french(it) for it in closing],
        signature=[french(it) for it in signature],
        has_grounds=bool(texts.grounds),
        has_address=ADDRESS_TO_WRITE not in _address(request, texts),
        placeholders=placeholders_of(request, texts),
    )


def _grounds(texts: CollectiveTexts) -> str:
    return texts.grounds or TO_WRITE


def _address(request: DataRequest, texts: CollectiveTexts) -> Sequence[str]:
    """List the lines of the sender; a letter that left before there was an address has none."""
    lines = texts.address.splitlines()
    return lines if lines or request.grounds is not None else [ADDRESS_TO_WRITE]


def _search(request: DataRequest, plan: Plan | None, dates: Sequence[str]) -> str:
    """Write what is sought, with its date where all indicators have the same."""
    is_one = len(request.versions) == 1
    what = "la valeur de cet indicateur" if is_one else "la valeur de ces indicateurs"
    if len(set(dates)) == 1:
        moment = dates[0] or _undated(request, plan)
        sentence = f"Nous y cherchons {what} à cette échéance : {moment}."
    else:
        sentence = "Nous y cherchons la valeur de chacun de ces indicateurs, à l'échéance indiquée."
    return sentence if all(dates) else f"{sentence} {NEAREST}"


def _dates(request: DataRequest, plan: Plan | None, on: date) -> Sequence[str]:
    """Date the figure that is asked of each indicator; empty where the plan gives no date."""
    if request.point is None:
        return [moment_of(request) for _version in request.versions]
    if request.point is ValuePoint.INTERIM:
        return ["" for _version in request.versions]
    point, ends_on = Point(request.point.value), ""
    if request.point is ValuePoint.FINAL and plan and plan.ends_on:
        ends_on = day(plan.ends_on)
    targets = [measurement_of(it, on).figure(point) for it in request.versions]
    return [dated_text(it.dated) if it and it.dated else ends_on for it in targets]


def _undated(request: DataRequest, plan: Plan | None) -> str:
    """Name a moment that the plan does not date, with the years of the plan."""
    if plan is None or plan.starts_on is None or plan.ends_on is None:
        return moment_of(request)
    return f"{moment_of(request)} (plan {plan.starts_on.year}-{plan.ends_on.year})"


def as_text(letter: Letter) -> str:
    """Return the letter as plain text, to copy into a mail."""
    figures = [
        "\n".join([f"– {it.title}", *(f"  {label} : {value}" for label, value in it.facts)])
        for it in letter.figures
    ]
    blocks = [
        "\n".join(letter.sender),
        "\n".join(letter.recipient),
        letter.date,
        f"{letter.reference}\n{letter.subject}",
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
        "sender": list(letter.sender),
        "recipient": list(letter.recipient),
        "date": letter.date,
        "reference": letter.reference,
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


def _figures(request: DataRequest, plan: Plan | None, dates: Sequence[str]) -> list[FigureSought]:
    """Name the indicators, each with its date where they differ."""
    differ = len(set(dates)) > 1
    return [
        _figure(version, (dated or _undated(request, plan)) if differ else "")
        for version, dated in zip(request.versions, dates, strict=True)
    ]


def _figure(version: IndicatorVersion, dated: str) -> FigureSought:
    texts = [("Définition", version.definition), ("Unité", version.unit)]
    facts = [(label, french(localized(text, DEFAULT_LOCALE))) for label, text in texts if text]
    label = localized(version.label, DEFAULT_LOCALE)
    return FigureSought(
        french(f"{version.indicator.code} {label}"),
        [*facts, *([("Échéance", dated)] if dated else [])],
    )
