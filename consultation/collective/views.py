"""Help page, legal notice, and the pages on which organisers write the site texts."""

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.collective import texts
from consultation.collective.forms import SiteTextForm, form_of, values_of
from consultation.collective.models import SiteTextKind
from consultation.collective.numbers import NUMBERS
from consultation.collective.texts import (
    KINDS,
    SAME_IN_EACH_LANGUAGE,
    SLUGS,
    SiteTextInForce,
)
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.rounds import queries
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work

public_blueprint = Blueprint("about", __name__)
staff_blueprint = Blueprint("site_texts", __name__, url_prefix="/organisation/site")

PLACES = {
    SiteTextKind.MEMBERS: (
        "Un nom par ligne, comme chaque association l'écrit. La liste se déplie sur l'accueil."
    ),
    SiteTextKind.PLAN_LINK: (
        "La page où l'on peut lire le plan. Sans elle, l'accueil mène à celle du collectif."
    ),
    SiteTextKind.EVALUATION: "Une phrase, sur l'accueil.",
    SiteTextKind.HELP: (
        "Sur la page « Aide », sous les numéros 17, 112, 114, 119 et 116 006 : le nom des"
        " services, leurs horaires, ce qu'ils font. Ils changent : vérifiez-les à chaque tour."
    ),
    SiteTextKind.PUBLISHER: "Son nom, sa forme juridique, son adresse et son téléphone.",
    SiteTextKind.DIRECTOR: "Le nom de la personne qui répond de ce que le site publie.",
    SiteTextKind.HOST: "Son nom, son adresse, son téléphone, et le pays où sont les machines.",
    SiteTextKind.CONTROLLER: (
        "L'organisme qui répond des données, son adresse postale et, s'il y en a un, son délégué"
        " à la protection des données."
    ),
    SiteTextKind.LEGAL_BASIS: (
        "Ce qui autorise à traiter ces données, y compris quand quelqu'un se dit « personne"
        " concernée » : cela peut en dire long sur sa vie. À écrire avec votre conseil."
    ),
    SiteTextKind.RECIPIENTS: "Les personnes et les organismes qui peuvent lire les données.",
    SiteTextKind.REQUEST_GROUNDS: (
        "Un paragraphe des lettres de « Demander le chiffre » : le droit sur lequel elles"
        " s'appuient. À écrire avec votre conseil, par exemple depuis le livre III du code des"
        " relations entre le public et l'administration. Aucune page publique ne le montre."
    ),
    SiteTextKind.POSTAL_ADDRESS: (
        "Une ligne pour chaque ligne de l'enveloppe, sans le nom du collectif. Elle est en tête des"
        " lettres de « Demander le chiffre ». Aucune page publique ne la montre."
    ),
}
PATH = f"/<any({', '.join(KINDS)}):slug>"


@public_blueprint.get("/aide")
@requires(Permission.PUBLIC)
def help_page() -> ResponseReturnValue:
    """Show what the site is, whom to call, how to correct and erase, how to answer if one can."""
    at = now()
    consultation_round = queries.current(db.session(), at)
    return render_template(
        "collective/help.html",
        is_open=bool(consultation_round and consultation_round.is_open(at)),
        notes=texts.in_force(db.session())[SiteTextKind.HELP],
        sender=current_app.config["MAIL_SENDER"],
    )


@public_blueprint.get("/mentions-legales")
@requires(Permission.PUBLIC)
def legal_notice() -> ResponseReturnValue:
    """Show who publishes and hosts the site, and who answers for personal data."""
    in_force = texts.in_force(db.session())
    return render_template(
        "collective/legal_notice.html",
        texts=[in_force[kind] for kind in texts.LEGAL if in_force[kind].is_filled],
        sender=current_app.config["MAIL_SENDER"],
    )


@staff_blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def site() -> ResponseReturnValue:
    """List the site texts, with those that are still to be written."""
    in_force = texts.in_force(db.session())
    return render_template(
        "collective/texts.html",
        texts=in_force.values(),
        missing=texts.missing(in_force),
        places=PLACES,
        slugs=SLUGS,
        untranslated=SAME_IN_EACH_LANGUAGE,
    )


@staff_blueprint.get(PATH)
@requires(Permission.RUN_ROUNDS)
def text(slug: str) -> ResponseReturnValue:
    """Show a text to be adapted, with its versions."""
    kind = KINDS[slug]
    current = texts.in_force(db.session())[kind]
    data = {"number": current.number, **values_of(current)}
    return _page(form_of(kind)(kind=kind, data=data))


@staff_blueprint.post(PATH)
@requires(Permission.RUN_ROUNDS)
def write(slug: str) -> ResponseReturnValue:
    """Store what was typed as a new version."""
    kind = KINDS[slug]
    form = form_of(kind)(request.form, kind=kind)

    def page(stale: StaleEdit | None = None) -> str:
        return _page(_with_stored(form) if stale else form, stale)

    return act(
        lambda work: texts.write(work, SiteTextInForce(kind, form.content, form.adapted_number)),
        form=form,
        page=page,
        done=lambda number: (
            f"Version {number} enregistrée." if number else "Rien n'a changé : rien n'est écrit."
        ),
        to=url_for(".site"),
    )


def _with_stored(form: SiteTextForm) -> SiteTextForm:
    """Return the form as it was sent, with what is in force beside each field that differs."""
    current = texts.in_force(db.session())[form.kind]
    stored = {name: it for name, it in values_of(current).items() if it != form[name].data}
    again = form_of(form.kind)(request.form, kind=form.kind, stored=stored)
    again.number.data = current.number
    return again


def _page(form: SiteTextForm, stale: StaleEdit | None = None) -> str:
    return render_template(
        "collective/text.html",
        form=form,
        stale=stale,
        place=PLACES[form.kind],
        versions=texts.versions(current_work(), form.kind),
    )


def register(app: Flask) -> None:
    """Give templates the emergency numbers."""
    app.jinja_env.globals["emergency_numbers"] = NUMBERS
