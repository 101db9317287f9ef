"""The pages where organisers write what a round says: home page and privacy notice."""

from collections.abc import Callable, Mapping

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.i18n import LOCALES, Localized
from consultation.questionnaires.models import Destination, Round, RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import texts as rounds_texts
from consultation.questionnaires.rounds.texts import TextChanged, TextInForce, TextRefused
from consultation.questionnaires.rounds.views import found_round
from consultation.web import markdown
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import french

blueprint = Blueprint("round_texts", __name__, url_prefix="/organisation/tours")

KINDS = {
    "titre": RoundTextKind.HOME_TITLE,
    "introduction": RoundTextKind.HOME_LEAD,
    "suite": RoundTextKind.HOME_MORE,
    "notice": RoundTextKind.NOTICE,
}
SLUGS = {kind: slug for slug, kind in KINDS.items()}
NAMES = {
    RoundTextKind.HOME_TITLE: "Titre de l'accueil",
    RoundTextKind.HOME_LEAD: "Introduction de l'accueil",
    RoundTextKind.HOME_MORE: "Suite de l'accueil",
    RoundTextKind.NOTICE: "Notice sur les données personnelles",
}
PLACES = {
    RoundTextKind.HOME_TITLE: "La grande phrase en haut de la page d'accueil, sans mise en forme.",
    RoundTextKind.HOME_LEAD: (
        "Sous le titre : qui consulte, et ce qui est demandé. Une ou deux phrases ; **gras**,"
        " *italique* et [lien](https://…) sont possibles."
    ),
    RoundTextKind.HOME_MORE: (
        "Sous l'introduction, si vous avez plus à dire ; laissée vide, rien ne s'affiche. Elle"
        " reste affichée quand le tour est clos : dites-y alors la suite, et quand. Une ligne vide"
        " sépare les paragraphes, « - » commence un point d'une liste, « ## » un intertitre."
    ),
    RoundTextKind.NOTICE: (
        "La page « Données personnelles », liée sous chaque formulaire. Chaque contribution garde"
        " le numéro de la version qui était affichée. Une ligne vide sépare les paragraphes, « - »"
        " commence un point d'une liste, « ## » un intertitre."
    ),
}
CONSENTS = (
    Destination.CONSENT_CONTACT,
    Destination.CONSENT_ANONYMOUS,
    Destination.CONSENT_NAMED,
)
KIND_PATH = f"/<code>/textes/<any({', '.join(KINDS)}):slug>"


@blueprint.get("/<code>/textes")
@requires(Permission.RUN_ROUNDS)
def texts(code: str) -> ResponseReturnValue:
    """Show what the round says now, and the consents that its forms ask."""
    found = found_round(code)
    in_force = _in_force(found)
    outline = store.working(db.session(), found)
    return render_template(
        "questionnaires/rounds/texts.html",
        round=found,
        texts=in_force.values(),
        shown={text.kind: rendered(text.kind, text.content) for text in in_force.values()},
        lacking=sum(text.lacks_english for text in in_force.values()),
        consents=[one for one in outline.questions if one.destination in CONSENTS],
        names=NAMES,
        slugs=SLUGS,
    )


@blueprint.get(KIND_PATH)
@requires(Permission.RUN_ROUNDS)
def text(code: str, slug: str) -> ResponseReturnValue:
    """Show a text to be adapted, with its versions."""
    found, kind = found_round(code), KINDS[slug]
    in_force = _in_force(found)[kind]
    return _page(found, kind, in_force.content, in_force.number)


@blueprint.post(KIND_PATH)
@requires(Permission.RUN_ROUNDS)
def write(code: str, slug: str) -> ResponseReturnValue:
    """Store what was typed as a new version, or show how it would look."""
    actor, kind = require(Permission.RUN_ROUNDS), KINDS[slug]
    typed = {locale: request.form.get(locale, "") for locale in LOCALES}
    number = _number()
    try:
        content = rounds_texts.content_of(kind, typed)
        if request.form.get("intent") == "preview":
            return _page(found_round(code), kind, typed, number, preview=content)
        with writing(db.session()):
            written = rounds_texts.write(
                db.session(), actor, found_round(code), TextInForce(kind, content, number), now()
            )
    except TextRefused as refused:
        return _page(found_round(code), kind, typed, number, faults=refused.faults), 422
    except TextChanged:
        found = found_round(code)
        there = _in_force(found)[kind]
        return _page(found, kind, typed, there.number, theirs=there), 409
    flash(
        f"Version {written} enregistrée."
        if written
        else "Rien n'a changé : aucune nouvelle version n'est écrite."
    )
    return redirect(url_for(".texts", code=code), 303)


@blueprint.get(f"{KIND_PATH}/<int:number>")
@requires(Permission.RUN_ROUNDS)
def version(code: str, slug: str, number: int) -> ResponseReturnValue:
    """Show one version as readers saw it."""
    found, kind = found_round(code), KINDS[slug]
    actor = require(Permission.RUN_ROUNDS)
    versions = rounds_texts.versions(db.session(), actor, found, kind)
    shown = next((one for one in versions if one.number == number), None)
    if shown is None:
        abort(404)
    return render_template(
        "questionnaires/rounds/text_version.html",
        round=found,
        name=NAMES[kind],
        slug=slug,
        version=shown,
        is_last=shown == versions[0],
        shown=rendered(kind, shown.content),
    )


def rendered(kind: RoundTextKind, content: Localized) -> dict[str, str]:
    """Return a text by language as its page shows it, without what is empty."""
    show: dict[RoundTextKind, Callable[[str], str]] = {
        RoundTextKind.HOME_TITLE: str,
        RoundTextKind.HOME_LEAD: markdown.inline,
    }
    show_one = show.get(kind, markdown.blocks)
    shown = {locale: show_one(text) for locale, text in content.items() if text.strip()}
    if "fr" in shown:
        set_in_french = french(str(shown["fr"]))
        is_markup = isinstance(shown["fr"], Markup)
        shown["fr"] = Markup(set_in_french) if is_markup else set_in_french  # noqa: S704 - it was
    return shown


def _in_force(found: Round) -> dict[RoundTextKind, TextInForce]:
    return rounds_texts.in_force(db.session(), found, current_app.config["MAIL_SENDER"])


def _number() -> int:
    """Return the version that was adapted; one that says nothing is no version that there is."""
    typed = request.form.get("number", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else -1


def _page(
    found: Round,
    kind: RoundTextKind,
    typed: Mapping[str, str],
    number: int,
    *,
    faults: Mapping[str, str] | None = None,
    preview: Localized | None = None,
    theirs: TextInForce | None = None,
) -> str:
    actor = require(Permission.RUN_ROUNDS)
    return render_template(
        "questionnaires/rounds/text.html",
        round=found,
        kind=kind,
        slug=SLUGS[kind],
        name=NAMES[kind],
        place=PLACES[kind],
        is_line=kind in rounds_texts.ONE_LINE,
        longest=rounds_texts.LONGEST[kind],
        typed=typed,
        number=number,
        faults=faults or {},
        preview=preview and rendered(kind, preview),
        theirs=theirs,
        versions=rounds_texts.versions(db.session(), actor, found, kind),
    )
