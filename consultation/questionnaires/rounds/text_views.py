"""Pages on which organisers write a round's texts."""

from collections.abc import Callable

from flask import (
    Blueprint,
    abort,
    current_app,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import LOCALES, Localized, lacking_counts
from consultation.questionnaires.models import CONSENTS, Round, RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import texts as rounds_texts
from consultation.questionnaires.rounds.forms import TextForm, TitleForm
from consultation.questionnaires.rounds.texts import KINDS, SLUGS, TextInForce
from consultation.questionnaires.rounds.views import find_round
from consultation.web import markdown
from consultation.web.permissions import Permission, requires
from consultation.web.typography import french
from consultation.work.actions import act, current_work

blueprint = Blueprint("round_texts", __name__, url_prefix="/organisation/tours")

PLACES = {
    RoundTextKind.HOME_TITLE: "La grande phrase en haut de la page d'accueil, sans mise en forme.",
    RoundTextKind.HOME_LEAD: (
        "Sous le titre : qui consulte, et ce qui est demandé. Une ou deux phrases ; **gras**,"
        " *italique* et [lien](https://…) sont possibles."
    ),
    RoundTextKind.HOME_MORE: (
        "Sous l'introduction, si vous avez plus à dire ; laissée vide, rien ne s'affiche. Elle"
        " reste affichée quand le tour est fermé : dites-y alors la suite, et quand. Une ligne vide"
        " sépare les paragraphes, « - » commence un point d'une liste, « ## » un intertitre."
    ),
    RoundTextKind.NOTICE: (
        "La page « Données personnelles », liée sous chaque formulaire. Chaque contribution garde"
        " le numéro de la version qui était affichée. Une ligne vide sépare les paragraphes, « - »"
        " commence un point d'une liste, « ## » un intertitre."
    ),
}
KIND_PATH = f"/<code>/textes/<any({', '.join(KINDS)}):slug>"


@blueprint.get("/<code>/textes")
@requires(Permission.RUN_ROUNDS)
def texts(code: str) -> ResponseReturnValue:
    """Show the texts in force, and the consents that the forms ask."""
    consultation_round = find_round(code)
    in_force = _in_force(consultation_round)
    outline = store.working(db.session(), consultation_round)
    return render_template(
        "questionnaires/rounds/texts.html",
        round=consultation_round,
        texts=in_force.values(),
        html={text.kind: rendered(text.kind, text.content) for text in in_force.values()},
        lacking=lacking_counts(
            (text.content for text in in_force.values()), consultation_round.locales
        ),
        consents=[it for it in outline.questions if it.destination in CONSENTS],
        slugs=SLUGS,
    )


@blueprint.get(KIND_PATH)
@requires(Permission.RUN_ROUNDS)
def text(code: str, slug: str) -> ResponseReturnValue:
    """Show a text to be adapted, with its versions."""
    consultation_round, kind = find_round(code), KINDS[slug]
    current = _in_force(consultation_round)[kind]
    data = {"number": current.number, **_field_values(current)}
    return _page(consultation_round, _form_of(kind)(kind=kind, data=data))


@blueprint.post(KIND_PATH)
@requires(Permission.RUN_ROUNDS)
def write(code: str, slug: str) -> ResponseReturnValue:
    """Store what was typed as a new version, or preview it."""
    kind = KINDS[slug]
    form = _form_of(kind)(request.form, kind=kind)
    if not form.validate():
        return _page(find_round(code), form), 422
    if request.form.get("intent") == "preview":
        return _page(find_round(code), form, preview=form.content)
    adapted = TextInForce(kind, form.content, form.adapted_number)
    return act(
        lambda work: rounds_texts.write(work, find_round(code), adapted),
        page=lambda stale: _stale_page(find_round(code), form, stale),
        done=_written_sentence,
        to=url_for(".texts", code=code),
    )


def _written_sentence(number: int | None) -> str:
    if number:
        return f"Version {number} enregistrée."
    return "Rien n'a changé : aucune nouvelle version n'est écrite."


def _stale_page(consultation_round: Round, form: TextForm, stale: StaleEdit) -> str:
    """Render what was typed, and at each field what is stored where it differs."""
    current = _in_force(consultation_round)[form.kind]
    stored = _field_values(current)
    differences = {name: it for name, it in stored.items() if it != form[name].data}
    again = _form_of(form.kind)(request.form, kind=form.kind, stored=differences)
    again.number.data = current.number
    return _page(consultation_round, again, stale=stale)


@blueprint.get(f"{KIND_PATH}/<int:number>")
@requires(Permission.RUN_ROUNDS)
def version(code: str, slug: str, number: int) -> ResponseReturnValue:
    """Show one version as readers saw it."""
    consultation_round, kind = find_round(code), KINDS[slug]
    versions = rounds_texts.versions(current_work(), consultation_round, kind)
    displayed = next((it for it in versions if it.number == number), None)
    if displayed is None:
        abort(404)
    return render_template(
        "questionnaires/rounds/text_version.html",
        round=consultation_round,
        kind=kind,
        slug=slug,
        version=displayed,
        is_last=displayed == versions[0],
        html=rendered(kind, displayed.content),
    )


def rendered(kind: RoundTextKind, content: Localized) -> dict[str, str]:
    """Return a text by language as its page shows it, without what is empty."""
    renderers: dict[RoundTextKind, Callable[[str], str]] = {
        RoundTextKind.HOME_TITLE: str,
        RoundTextKind.HOME_LEAD: markdown.inline,
    }
    render = renderers.get(kind, markdown.blocks)
    html = {locale: render(text) for locale, text in content.items() if text.strip()}
    if "fr" in html:
        set_in_french = french(str(html["fr"]))
        is_markup = isinstance(html["fr"], Markup)
        html["fr"] = Markup(set_in_french) if is_markup else set_in_french  # noqa: S704 - it was
    return html


def _in_force(consultation_round: Round) -> dict[RoundTextKind, TextInForce]:
    sender = current_app.config["MAIL_SENDER"]
    return rounds_texts.in_force(db.session(), consultation_round, sender)


def _form_of(kind: RoundTextKind) -> type[TextForm]:
    return TitleForm if kind is RoundTextKind.HOME_TITLE else TextForm


def _field_values(text: TextInForce) -> dict[str, str]:
    return {locale: text.content.get(locale, "").strip() for locale in LOCALES}


def _page(
    consultation_round: Round,
    form: TextForm,
    *,
    preview: Localized | None = None,
    stale: StaleEdit | None = None,
) -> str:
    kind, form.locales = form.kind, consultation_round.locales
    return render_template(
        "questionnaires/rounds/text.html",
        round=consultation_round,
        form=form,
        kind=kind,
        slug=SLUGS[kind],
        place=PLACES[kind],
        preview=preview and rendered(kind, preview),
        stale=stale,
        versions=rounds_texts.versions(current_work(), consultation_round, kind),
    )
