"""Staff pages of the readings of a language: its pages, one of them, and the logo."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.clock import in_paris, now
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import LANGUAGES, Language
from consultation.questionnaires.publication.publish import TOOL
from consultation.readings import png, queries, service
from consultation.readings.forms import LogoForm, PageReadingForm
from consultation.readings.models import ReadablePage, ReadingLogo
from consultation.readings.pages import PAGES, PageKey, digest_of
from consultation.readings.png import Image, ImageRefused
from consultation.readings.public_views import sources
from consultation.readings.queries import NewReading, PageRow, ReadingState
from consultation.web import errors
from consultation.web.permissions import Permission, current_actor, requires
from consultation.web.request_body import takes_files_of
from consultation.web.uploads import uploaded_file
from consultation.work.actions import act
from consultation.work.lists import ListFilter, Listing

blueprint = Blueprint(
    "page_readings", __name__, url_prefix="/organisation/site/langues/<tag>/relectures"
)

SLUGS = {
    ReadablePage.HOME: "accueil",
    ReadablePage.MEASURES: "mesures",
    ReadablePage.FORM: "formulaire",
    ReadablePage.RECEIPT: "recu",
    ReadablePage.HELP: "aide",
    ReadablePage.DATA: "donnees",
    ReadablePage.RESULTS: "resultats",
}
BY_SLUG = {slug: page for page, slug in SLUGS.items()}
PAGE_PATH = f"/<any({', '.join(BY_SLUG)}):slug>"
MISSING = "Choisissez d'abord le fichier du logo."
AGAIN = "Choisissez aussi le fichier de nouveau."
REST_OF_FORM = 64 * 1024
"""Bytes of a posted form beside its file."""
CHANGED = (ReadingState.CHANGED, ReadingState.GONE)
FILTERS = (
    ListFilter[PageRow](
        "etat",
        "Où en est la page",
        lambda row, wanted: wanted in _states(row),
        [
            ("", "Toutes"),
            ("jamais", "Jamais relues"),
            ("relues", "Relues"),
            ("changees", "Le texte a changé"),
        ],
        is_tab=True,
    ),
)


def _states(row: PageRow) -> tuple[str, ...]:
    if row.state is ReadingState.NEVER:
        return ("jamais",)
    return ("changees",) if row.state in CHANGED else ("relues",)


@blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def listing(tag: str) -> ResponseReturnValue:
    """List the pages of a language with who read them over, and its logo."""
    return _list(_language(tag))


@blueprint.get(PAGE_PATH, defaults={"code": ""})
@blueprint.get(f"{PAGE_PATH}/<code>")
@requires(Permission.RUN_ROUNDS)
def page(tag: str, slug: str, code: str) -> ResponseReturnValue:
    """Show who read a page over, and the form for a reading."""
    return _page(_row(tag, slug, code))


@blueprint.post(PAGE_PATH, defaults={"code": ""})
@blueprint.post(f"{PAGE_PATH}/<code>")
@requires(Permission.RUN_ROUNDS)
def note(tag: str, slug: str, code: str) -> ResponseReturnValue:
    """Note who read the page that was displayed."""
    row, form = _row(tag, slug, code), PageReadingForm(request.form)

    def store(work: Any) -> None:
        assert form.day is not None, "the form was checked"
        digest, replaced = form.digest.data or "", form.replaced.data or ""
        read = NewReading(form.readers.data or "", form.day, digest, replaced)
        service.note(work, sources(), row.key, read)

    return act(
        store,
        form=form,
        page=lambda stale=None: _page(_row(tag, slug, code), form, stale),
        done="C'est noté : la page dit qui l'a relue.",
        to=url_for(".listing", tag=tag),
    )


@blueprint.post("/retirer")
@requires(Permission.RUN_ROUNDS)
def remove(tag: str) -> ResponseReturnValue:
    """Remove a reading: no page has its names from now on."""
    typed = request.form.get("reading", "")
    identifier = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0
    return act(
        lambda work: service.remove(work, _language(tag).tag, identifier),
        done="Retiré : ces prénoms ne sont plus sur le site.",
        to=url_for(".listing", tag=tag),
    )


@blueprint.post("/logo")
@requires(Permission.RUN_ROUNDS)
@takes_files_of(png.MOST_BYTES + REST_OF_FORM)
def put_logo(tag: str) -> ResponseReturnValue:
    """Store an image as the logo beside the names of readers."""
    language, form = _language(tag), LogoForm(request.form)
    image = _image(form)
    if image is None:
        return _list(language, form), 422
    return act(
        lambda work: service.put_logo(
            work, tag, image, form.alternative.data, form.replaced.data or ""
        ),
        page=lambda stale: _list(language, form, stale),
        done="Enregistré : le logo paraît sur les pages relues.",
        to=url_for(".listing", tag=tag),
    )


@blueprint.post("/logo/retirer")
@requires(Permission.RUN_ROUNDS)
def remove_logo(tag: str) -> ResponseReturnValue:
    return act(
        lambda work: service.remove_logo(work, _language(tag).tag, request.form.get("logo", "")),
        done=lambda was_there: (
            "Retiré : aucune page n'a plus ce logo."
            if was_there
            else "Ce logo n'était plus là : on l'a retiré ou remplacé entre-temps."
        ),
        to=url_for(".listing", tag=tag),
    )


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Report at its field that a file is too big; nothing of such a post was read.

    The refusal comes before the view and its permission: both are checked here.
    """
    actor = current_actor()
    if request.endpoint != f"{blueprint.name}.put_logo" or actor is None:
        return errors.page(413)
    if not actor.may(Permission.RUN_ROUNDS):
        return errors.page(413)
    language = _language((request.view_args or {})["tag"])
    form = LogoForm(data=_logo_values(queries.logo_of(db.session(), language.tag)))
    form.add_error("file", png.too_big())
    return _list(language, form), 413


def _language(tag: str) -> Language:
    language = LANGUAGES.get(tag)
    if language is None or not language.has_readers:
        abort(404)
    return language


def _row(tag: str, slug: str, code: str) -> PageRow:
    """Abort with 404 where there is no such page, or no such form any more."""
    key = PageKey(_language(tag).tag, BY_SLUG[slug], code)
    row = queries.row_of(sources(), key)
    if row.state is ReadingState.GONE:
        abort(404)
    return row


def _image(form: LogoForm) -> Image | None:
    """Return the image of the form; None where something is wrong, which its fields then say."""
    uploaded, is_valid = uploaded_file("logo"), form.validate()
    if uploaded is None or not uploaded.content:
        form.add_error("file", MISSING)
        return None
    try:
        image = png.accept(uploaded.content)
    except ImageRefused as refusal:
        form.add_error("file", str(refusal))
        return None
    if not is_valid:
        form.add_error("file", AGAIN)
        return None
    return image


def _list(language: Language, form: LogoForm | None = None, stale: StaleEdit | None = None) -> str:
    rows = queries.rows(sources(), language.tag)
    logo = queries.logo_of(db.session(), language.tag)
    if form and stale:
        form.show_both(_logo_values(logo))
    return render_template(
        "readings/listing.html",
        language=language,
        listing=Listing(f"{blueprint.name}.listing", rows, FILTERS, kept={"tag": language.tag}),
        read=sum(it.state is ReadingState.READ for it in rows),
        changed=sum(it.state in CHANGED for it in rows),
        slugs=SLUGS,
        logo=logo,
        kibibytes=-(-logo.size // 1024) if logo else 0,
        form=form or LogoForm(data=_logo_values(logo)),
        stale=stale,
    )


def _logo_values(logo: ReadingLogo | None) -> Mapping[str, str]:
    if logo is None:
        return {"alternative": "", "replaced": ""}
    return {"alternative": logo.alternative, "replaced": logo.public_id}


def _page(row: PageRow, form: PageReadingForm | None = None, stale: StaleEdit | None = None) -> str:
    displayed = form or PageReadingForm(data={"read_on": in_paris(now()).date().isoformat()})
    displayed.digest.data = digest_of(sources(), row.key)
    displayed.replaced.data = str(row.reading.id) if row.reading else ""
    return render_template(
        "readings/page.html",
        row=row,
        language=LANGUAGES[row.key.tag],
        address=_address(row.key),
        form=displayed,
        stale=stale,
        slugs=SLUGS,
    )


def _address(key: PageKey) -> str:
    """Where visitors find the page; empty for one that follows what they send."""
    endpoints = PAGES[key.page].endpoints
    if key.page is ReadablePage.RECEIPT:
        return ""
    is_of_measure = key.code not in {"", TOOL}
    path = url_for(endpoints[0], code=key.code) if is_of_measure else url_for(endpoints[-1])
    return LANGUAGES[key.tag].prefix + path
