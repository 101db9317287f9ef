"""Page of the languages of the site: who read them, and what is to be translated."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, HiddenField

from consultation.clock import now
from consultation.collective import languages
from consultation.extensions import db
from consultation.i18n import LANGUAGES, SHIPPED
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import offers, queries
from consultation.readability import rules
from consultation.readability.explanations import explained
from consultation.settings import is_local
from consultation.translators.texts import OrganiserTexts, State, texts
from consultation.web.forms import LineField, StaffForm, at_most, required
from consultation.web.locale import DISPLAYED, READ, current_locale
from consultation.web.navigation import Remembered
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset
from consultation.work.actions import act

blueprint = Blueprint("languages", __name__, url_prefix="/organisation/site/langues")

PAGES = {
    "about.help_page": "l'aide et les numéros d'urgence",
    "plan.measures": "le formulaire d'une mesure, avec ses accords",
    "responses.privacy": "les données personnelles",
}
"""What somebody reads before the public sees a language."""


class ReadingForm(StaffForm):
    """Who read the pages in a language; the page has a form for each."""

    tag = HiddenField()
    reader = LineField(
        "Qui l'a lue",
        [required("Dites qui a lu ces pages."), at_most(languages.LONGEST_READER)],
        description="Une personne dont c'est la langue, ou son association. Ce n'est pas publié.",
    )

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.reader.id = f"reader-{self.tag.data}"


@blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def listing() -> ResponseReturnValue:
    """List the languages of the site."""
    return _page()


@blueprint.post("")
@requires(Permission.RUN_ROUNDS)
def note() -> ResponseReturnValue:
    """Note who read a language."""
    form = ReadingForm(request.form)
    if form.tag.data not in LANGUAGES.keys() - languages.READ_BEFORE:
        abort(404)
    return act(
        lambda work: languages.note(work, form.tag.data, form.reader.data),
        form=form,
        page=lambda: _page(form),
        done=lambda _noted: "C'est noté. Le public voit cette langue.",
        to=url_for(".listing"),
    )


@blueprint.post("/retirer")
@requires(Permission.RUN_ROUNDS)
def take_back() -> ResponseReturnValue:
    """Take back who read a language."""
    tag = request.form.get("tag", "")
    return act(
        lambda work: languages.take_back(work, tag),
        done=lambda _taken: "C'est retiré.",
        to=url_for(".listing"),
    )


def _page(form: ReadingForm | None = None) -> str:
    return render_template(
        "collective/languages.html",
        languages=languages.listed(db.session()),
        form=form,
        form_of=lambda tag: ReadingForm(data={"tag": tag}),
        pages=PAGES,
        places=_places(texts(db.session(), current_app.config["MAIL_SENDER"])),
        State=State,
        round=_round(),
        offers=offers.by_language(db.session(), now()),
        is_local=is_local(current_app.config["BASE_URL"]),
        others=[it for it in SHIPPED.values() if it.tag not in LANGUAGES],
    )


def _places(stored: OrganiserTexts) -> Sequence[tuple[str, Mapping[str, Mapping[State, int]]]]:
    """Return the groups of texts by name, each with how its texts stand in each language."""
    return [(it.name, {tag: stored.counts[it, tag] for tag in it.tags}) for it in stored.groups]


def _round() -> Round | None:
    """The round that visitors meet, else the last one."""
    current = queries.current(db.session(), now())
    return current or next(iter(queries.latest_first(db.session())), None)


def register(app: Flask) -> None:
    """Let the pages know which languages visitors see, and by what texts are easy to read."""
    base_url = app.config["BASE_URL"]
    read = Remembered[frozenset[str]](
        lambda: languages.read(db.session()), languages.READ_BEFORE
    ).value
    app.extensions[READ] = read
    app.extensions[DISPLAYED] = lambda: languages.displayed(read(), base_url)
    app.jinja_env.globals |= {
        "reading_rules": _reading_rules,
        "reading_figures": _reading_figures,
        "advice_on": rules.advice,
        "explained_on": lambda page: explained(page, current_locale()),
        "has_reading_rules": any(map(rules.rules_of, LANGUAGES)),
    }


def _reading_figures(in_force: rules.Rules) -> Mapping[str, object]:
    """What a script needs to advise as the page does."""
    sentences = {name: typeset(it) for name, it in rules.SENTENCES.items()}
    return asdict(in_force) | {"quoted": rules.QUOTED, "sentences": sentences}


def _reading_rules(field: Field) -> rules.Rules | None:
    """By what the text of a field is easy to read, where its language says so."""
    return rules.rules_of((field.render_kw or {}).get("lang", ""))
