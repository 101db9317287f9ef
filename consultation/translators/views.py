"""Pages of a language: what is to be translated, the sheet for a translator, and its return."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import LANGUAGES, OTHER_LOCALES
from consultation.invitations.models import Purpose
from consultation.plan.text_diff import TextChange
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.outline.wordings import Part
from consultation.questionnaires.rounds import queries
from consultation.questionnaires.rounds import texts as round_texts
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.translators import importer, sheet, shipped
from consultation.translators.importer import Agreed, TranslatorSheet
from consultation.translators.sheet import mark
from consultation.translators.texts import Kind, Line, OrganiserText, OrganiserTexts, State, texts
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted, french
from consultation.work.actions import act, current_work
from consultation.work.lists import ListFilter, Listing

blueprint = Blueprint("translators", __name__, url_prefix="/organisation/site/langues/<tag>")

TO_DO = "a-faire"
TABS = [
    (TO_DO, "À faire"),
    (State.LACKING.value, "Manquent"),
    (State.STALE.value, "Le français a changé"),
    (State.CURRENT.value, "Traduits"),
]
WHOLE, TO_TRANSLATE = "tous", "reste"
"""Which texts a sheet has."""
TAKEN = ("traduction prise", "traductions prises")
MOST_CHANGES = 200
"""How many changes one page lists; the others are counted."""


@blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def listing(tag: str) -> ResponseReturnValue:
    """List the texts in a language, first those that lack or whose French has changed."""
    return _page(_known(tag))


@blueprint.post("/convient")
@requires(Permission.RUN_ROUNDS)
def keep(tag: str) -> ResponseReturnValue:
    """Note that a translation is right although its French has changed."""
    reference, seen = request.form.get("reference", ""), request.form.get("french", "")
    return act(
        lambda work: importer.confirm(work, _known(tag), reference, seen, _sender()),
        page=lambda stale: _page(tag, stale),
        done="C'est noté : cette traduction convient au français d'aujourd'hui.",
        to=url_for(".listing", tag=tag),
    )


@blueprint.post("/textes-livres")
@requires(Permission.RUN_ROUNDS)
def take_shipped(tag: str) -> ResponseReturnValue:
    """Fill in the translations that ship, of texts that stand as they shipped."""
    return act(
        lambda work: shipped.take(work, _known(tag), _sender(), request.form.get("shown", "")),
        page=lambda stale: _page(tag, stale),
        done=lambda count: f"{counted(count, *TAKEN)}. Relisez-les.",
        to=url_for(".listing", tag=tag),
    )


@blueprint.get(f"/textes-<any({TO_TRANSLATE}, {WHOLE}):which>.<any(xlsx, ods, csv):ending>")
@requires(Permission.RUN_ROUNDS)
def download(tag: str, which: str, ending: str) -> ResponseReturnValue:
    """Give out the sheet for a translator, and note it."""
    lines = _texts().lines(_known(tag))
    if which == TO_TRANSLATE:
        lines = [it for it in lines if it.state is not State.CURRENT]
    format = Format(ending)
    with TemporaryDirectory(prefix="consultation-") as folder:
        path = Path(folder) / f"textes-{tag}-{which}.{ending}"
        sheet.write(lines, tag, path, format)
        answer = uploads.send_copy(path, format.list_media_type)
    with writing(db.session()):
        details = {"language": tag, "format": ending}
        audit_log.log(current_work(), "translations_exported", None, details)
    return answer


def _known(tag: str) -> str:
    return tag if tag in OTHER_LOCALES else abort(404)


def _sender() -> str:
    sender: str = current_app.config["MAIL_SENDER"]
    return sender


def _texts() -> OrganiserTexts:
    return texts(db.session(), _sender())


def _page(tag: str, stale: StaleEdit | None = None) -> str:
    stored = _texts()
    lines = stored.lines(tag)
    ready = shipped.offered(stored, tag, _sender())
    return render_template(
        "translators/list.html",
        language=LANGUAGES[tag],
        tag=tag,
        sentence=_sentence(lines, tag),
        listing=_listing(stored, lines, tag),
        is_current=all(it.state is State.CURRENT for it in lines),
        has_text=bool(lines),
        ready=len(ready),
        ready_digest=shipped.digest_of(ready),
        formats=list(Format),
        TO_TRANSLATE=TO_TRANSLATE,
        WHOLE=WHOLE,
        State=State,
        address_of=address_of,
        mark=mark,
        change_of=lambda it: TextChange(it.text.field, it.earlier or "", it.text.french),
        stale=stale,
    )


def _sentence(lines: list[Line], tag: str) -> str:
    """Say how many texts lack, and of how many the French has changed."""
    name = LANGUAGES[tag].french_name
    counts = {state: sum(it.state is state for it in lines) for state in State}
    lacking, stale = counts[State.LACKING], counts[State.STALE]
    if not lines:
        return "Aucun texte n'est encore écrit en français : il n'y a rien à traduire."
    parts = []
    if lacking:
        parts.append(f"{counted(lacking, 'texte manque', 'textes manquent')} en {name}")
    if stale:
        noun = ("a changé en français", "ont changé en français")
        what = ("traduction est à revoir", "traductions sont à revoir")
        parts.append(
            counted(stale, *noun) if lacking else f"{counted(stale, *what)} : le français a changé"
        )
    return french(f"{', '.join(parts)}." if parts else f"Tous les textes sont traduits en {name}.")


def _listing(stored: OrganiserTexts, lines: list[Line], tag: str) -> Listing[Line]:
    groups = [(str(place), it.name) for place, it in enumerate(stored.groups)]
    tabs = ListFilter[Line]("etat", "État", _keeps, TABS, is_tab=True, first=TO_DO)
    of_group = ListFilter[Line](
        "endroit",
        "Où",
        lambda line, place: line.text.group == stored.groups[int(place)],
        groups,
    )
    return Listing("translators.listing", lines, (tabs, of_group), kept={"tag": tag})


def _keeps(line: Line, state: str) -> bool:
    return line.state is not State.CURRENT if state == TO_DO else line.state == state


def address_of(text: OrganiserText) -> str:
    """Return the address of the page where a text is written."""
    endpoint, values = PAGES[text.kind](*text.key[1:])
    return url_for(endpoint, **values)


def _page_of_outline(code: str, part: str, owner: str, _name: str) -> tuple[str, dict[str, Any]]:
    name = "section" if part == Part.SECTION else "question"
    return f"editor.{name}", {"code": code, name: owner}


def _page_of_message(public_id: str, _name: str, purpose: str) -> tuple[str, dict[str, Any]]:
    room = "announcements" if purpose == Purpose.EDITION else "messages"
    return f"{room}.edit", {"public_id": public_id}


PAGES: Mapping[Kind, Callable[..., tuple[str, dict[str, Any]]]] = {
    Kind.SITE: lambda kind: (
        "site_texts.text",
        {"slug": site_texts.SLUGS[SiteTextKind(kind)]},
    ),
    Kind.ROUND: lambda code, _name: ("rounds.edit", {"code": code}),
    Kind.ROUND_TEXT: lambda code, kind: (
        "round_texts.text",
        {"code": code, "slug": round_texts.SLUGS[RoundTextKind(kind)]},
    ),
    Kind.OUTLINE: _page_of_outline,
    Kind.AXIS: lambda code, _name: ("plan_staff.axis", {"code": code}),
    Kind.MEASURE: lambda code, _name: ("plan_measures.measure", {"code": code}),
    Kind.INDICATOR: lambda code, _name: ("plan_indicators.indicator", {"code": code}),
    Kind.MESSAGE: _page_of_message,
}
"""The endpoint of the page of a text and what its address holds, by what follows in its key."""


class TranslationImport(ImportFlow[TranslatorSheet]):
    """The import of a translator's sheet, which never takes a translation back."""

    permission = Permission.RUN_ROUNDS
    purpose = SheetPurpose.TRANSLATIONS
    template = "translators/import.html"
    fallback_name = "traductions.xlsx"
    missing = "Choisissez la feuille qui vous revient."
    description = "La feuille téléchargée pour cette langue : XLSX, ODS ou CSV."
    given_up = "L'import est annulé : rien n'a changé."

    def check_place(self) -> None:
        self._tag()

    def context(self) -> Mapping[str, object]:
        return {"tag": self._tag(), "language": LANGUAGES[self._tag()]}

    def read(self, path: Path, _choices: Mapping[str, Any]) -> TranslatorSheet:
        return importer.read(current_work(), path, self._tag(), _sender())

    def preview_page(
        self, sheet: SentSheet, content: TranslatorSheet, stale: StaleEdit | None
    ) -> str:
        tag = self._tag()
        changes = importer.compare(current_work(), content.rows, tag, _sender())
        current, at = queries.current(db.session(), now()), now()
        return render_template(
            "translators/preview.html",
            sheet=sheet,
            changes=changes,
            unread=content.unread,
            stale=stale,
            most=MOST_CHANGES,
            place=self.place(),
            open_round=current if current and current.is_open(at) else None,
            touches_plan=any(
                it.text.group.kind is Kind.AXIS for it in (*changes.new, *changes.changed)
            ),
            **self.context(),
        )

    def apply(self, content: TranslatorSheet, seen: str) -> str:
        agreed = Agreed(seen, takes_older=bool(request.form.get("older")))
        changes = importer.apply(current_work(), content.rows, self._tag(), _sender(), agreed)
        added = counted(len(changes.new), "traduction ajoutée", "traductions ajoutées")
        changed = counted(len(changes.changed), "corrigée", "corrigées")
        older = len(changes.french_changed) if agreed.takes_older else 0
        aside = changes.aside_count - older
        left = counted(aside, "ligne laissée de côté", "lignes laissées de côté")
        again = counted(older, "à revoir", "à revoir")
        parts = [added, changed, *([again] if older else []), *([left] if aside else [])]
        return f"{', '.join(parts)}. Rien n'a été retiré."

    def done_address(self) -> str:
        return url_for(".listing", **self.place())

    def _tag(self) -> str:
        return _known(self.place()["tag"])


TranslationImport().register(blueprint, "/importer", annotated="/erreurs-marquees")
