"""Staff pages of the recordings of a round: what can be read aloud, and one text with its sound."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, LANGUAGES, NAMES, is_french
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import texts as round_texts
from consultation.questionnaires.rounds.queries import NoRound, by_code
from consultation.recordings import queries, service, sounds
from consultation.recordings.forms import RecordingForm
from consultation.recordings.models import Sound, SpokenKind
from consultation.recordings.queries import Readable, ReadableText
from consultation.recordings.sounds import SoundRefused
from consultation.recordings.spoken import SpokenText
from consultation.settings import MEBIBYTE
from consultation.web import errors
from consultation.web.headers import allow_listening
from consultation.web.permissions import Permission, current_actor, requires
from consultation.web.request_body import takes_files_of
from consultation.web.typography import typeset
from consultation.web.uploads import uploaded_file
from consultation.work.actions import act
from consultation.work.lists import ListFilter, Listing

blueprint = Blueprint(
    "round_recordings", __name__, url_prefix="/organisation/tours/<code>/enregistrements"
)

KINDS = {
    "texte": SpokenKind.ROUND_TEXT,
    "rubrique": SpokenKind.SECTION,
    "question": SpokenKind.QUESTION,
    "indicateur": SpokenKind.INDICATOR,
}
SLUGS = {kind: slug for slug, kind in KINDS.items()}
TEXT_PATH = f"/<language>/<any({', '.join(KINDS)}):slug>/<key>"
MISSING = "Choisissez d'abord le fichier du son."
AGAIN = "Choisissez aussi le fichier de nouveau."
LONGEST_NAME = 80
REST_OF_FORM = 64 * 1024
"""Bytes of a posted form beside its file."""
TO_RECORD, RECORDED, EARLIER = "sans", "avec", "ancien"
FILTERS = (
    ListFilter[ReadableText](
        "etat",
        "Où en est le texte",
        lambda row, state: state in _states(row),
        [
            ("", "Tous"),
            (TO_RECORD, "Sans enregistrement"),
            (RECORDED, "S'écoutent"),
            (EARLIER, "Ancien texte"),
        ],
        is_tab=True,
    ),
)


def _states(row: ReadableText) -> tuple[str, ...]:
    return (RECORDED if row.current else TO_RECORD, *([EARLIER] if row.earlier else []))


@blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def listing(code: str) -> ResponseReturnValue:
    """List what of a round can be read aloud in a language, and what is."""
    consultation_round = _find_round(code)
    sent = request.args.get("langue", DEFAULT_LOCALE)
    offered = queries.languages(db.session(), consultation_round)
    language = sent if sent in offered else DEFAULT_LOCALE
    readable = _readable(consultation_round, language)
    allow_listening()
    return render_template(
        "recordings/listing.html",
        round=consultation_round,
        language=language,
        lang=LANGUAGES[language].lang,
        languages={tag: NAMES[tag] for tag in offered},
        readable=readable,
        recorded=sum(it.current is not None for it in readable.texts),
        stale=[it for it in readable.texts if it.earlier],
        listing=Listing(
            f"{blueprint.name}.listing",
            readable.texts,
            FILTERS,
            kept={"code": code, "langue": language},
        ),
        slugs=SLUGS,
        size=_size(service.size_of_all(db.session())),
        about_of=_about,
        size_of=_size,
        length_of=_length,
    )


@blueprint.get(TEXT_PATH)
@requires(Permission.RUN_ROUNDS)
def text(code: str, language: str, slug: str, key: str) -> ResponseReturnValue:
    """Show a text to read aloud, what is recorded of it, and the form for its file."""
    return _page(_Place.of(code, language, slug, key))


@blueprint.post(TEXT_PATH)
@requires(Permission.RUN_ROUNDS)
@takes_files_of(sounds.MOST_BYTES + REST_OF_FORM)
def put(code: str, language: str, slug: str, key: str) -> ResponseReturnValue:
    """Store a file as the recording of the text that was displayed."""
    place, form = _Place.of(code, language, slug, key), RecordingForm(request.form)
    sound = _sound(form)
    if sound is None:
        return _page(place, form), 422

    def store(work: Any) -> None:
        if form.digest.data != place.row.text.digest:
            raise StaleEdit("ce texte")
        service.put(work, place.row.text, sound, form.replaced.data or "")

    return act(
        store,
        page=lambda stale: _page(_Place.of(code, language, slug, key), form, stale),
        done="Enregistré : ce texte s'écoute.",
        to=url_for(".listing", code=code, langue=language),
    )


@blueprint.post("/retirer")
@requires(Permission.RUN_ROUNDS)
def remove(code: str) -> ResponseReturnValue:
    """Remove a recording: its address leads nowhere from now on."""
    _find_round(code)
    language = request.form.get("langue", DEFAULT_LOCALE)
    return act(
        lambda work: service.remove(work, request.form.get("recording", "")),
        done=lambda was_there: (
            "Retiré : cette voix ne s'entend plus sur le site."
            if was_there
            else "Cet enregistrement n'était plus là : on l'a retiré ou remplacé entre-temps."
        ),
        to=url_for(".listing", code=code, langue=language),
    )


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Report at its field that a file is too big; nothing of such a post was read.

    The refusal comes before the view and its permission: both are checked here.
    """
    actor = current_actor()
    if request.endpoint != f"{blueprint.name}.put" or actor is None:
        return errors.page(413)
    if not actor.may(Permission.RUN_ROUNDS):
        return errors.page(413)
    form = RecordingForm(None)
    form.add_error("file", sounds.too_big())
    return _page(_Place.of(**(request.view_args or {})), form), 413


@dataclass(frozen=True)
class _Place:
    """A text of a round in a language, as the address names it."""

    round: Round
    language: str
    row: ReadableText

    @classmethod
    def of(cls, code: str, language: str, slug: str, key: str) -> "_Place":
        """Abort with 404 where the round has no such text in the language."""
        consultation_round, kind = _find_round(code), KINDS[slug]
        if language not in queries.languages(db.session(), consultation_round):
            abort(404)
        rows = _readable(consultation_round, language).texts
        named = (it for it in rows if (it.text.kind, it.text.code) == (kind, key))
        return cls(consultation_round, language, next(named, None) or abort(404))


def _find_round(code: str) -> Round:
    try:
        return by_code(db.session(), code)
    except NoRound:
        abort(404)


def _readable(consultation_round: Round, language: str) -> Readable:
    sender = current_app.config["MAIL_SENDER"]
    texts = round_texts.in_force(db.session(), consultation_round, sender)
    return queries.readable(db.session(), consultation_round, texts, language)


def _sound(form: RecordingForm) -> Sound | None:
    """Return the sound of the form; None where something is wrong, which its fields then say."""
    uploaded, is_valid = uploaded_file("son"), form.validate()
    if uploaded is None or not uploaded.content:
        form.add_error("file", MISSING)
        return None
    try:
        sound = sounds.accept(uploaded.content)
    except SoundRefused as refusal:
        form.add_error("file", str(refusal))
        return None
    if not is_valid:
        form.add_error("file", AGAIN)
        return None
    return sound


def _page(place: _Place, form: RecordingForm | None = None, stale: StaleEdit | None = None) -> str:
    allow_listening()
    displayed = form or RecordingForm()
    current = place.row.current
    displayed.digest.data = place.row.text.digest
    displayed.replaced.data = current.recording.public_id if current else ""
    return render_template(
        "recordings/text.html",
        place=place,
        text=place.row.text,
        lang=LANGUAGES[place.language].lang,
        row=place.row,
        form=displayed,
        stale=stale,
        about_of=_about,
        size_of=_size,
        length_of=_length,
    )


def _about(text: SpokenText) -> str:
    """The beginning of a text, by which its page calls it."""
    first = text.parts[0].splitlines()[0]
    cut = first if len(first) <= LONGEST_NAME else f"{first[:LONGEST_NAME].rsplit(' ', 1)[0]}…"
    return typeset(cut) if is_french(text.language) else cut


def _size(size: int) -> str:
    """A size as people say it, with its unit."""
    if size < MEBIBYTE:
        return f"{-(-size // 1024)} Ko"
    return f"{size / MEBIBYTE:.1f} Mo".replace(".", ",")


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
