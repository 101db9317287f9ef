"""Page of the languages of the site: who read them, and what is to be translated."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, HiddenField

from consultation.clock import now
from consultation.collective import languages, texts
from consultation.collective.forms import SAME_IN_EACH_LANGUAGE
from consultation.collective.models import SiteTextKind
from consultation.extensions import db
from consultation.i18n import (
    LANGUAGES,
    SHIPPED,
    Localized,
    lacking_counts,
    stale,
)
from consultation.plan.drafts import WORDING
from consultation.plan.models import IndicatorVersion
from consultation.plan.queries import texts_in_force, wordings
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store, validation
from consultation.questionnaires.rounds import offers, queries
from consultation.questionnaires.rounds import texts as round_texts
from consultation.readability import rules
from consultation.readability.explanations import explained
from consultation.settings import is_local
from consultation.web.forms import LineField, StaffForm, at_most, required
from consultation.web.locale import DISPLAYED, READ, current_locale
from consultation.web.navigation import Remembered
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset
from consultation.work.actions import act, current_work

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
        places=_places(),
        round=_round(),
        offers=offers.by_language(db.session(), now()),
        is_local=is_local(current_app.config["BASE_URL"]),
        others=[it for it in SHIPPED.values() if it.tag not in LANGUAGES],
    )


@dataclass(frozen=True)
class Place:
    """Texts that the team writes at one address, and what each language lacks of them."""

    name: str
    address: str
    lacking: Mapping[str, int]
    stale: Mapping[str, int]
    """How many have a translation of an earlier French text."""


def _places() -> Sequence[Place]:
    work, session = current_work(), db.session()
    written = [it for it in SiteTextKind if it not in SAME_IN_EACH_LANGUAGE]
    site = [[it.content for it in texts.versions(work, kind)][::-1] for kind in written]
    places = [_place("Le collectif", url_for("site_texts.site"), site)]
    if (round_ := _round()) is not None:
        kinds = round_texts.in_force(session, round_, current_app.config["MAIL_SENDER"])
        of_round = [
            [it.content for it in round_texts.versions(work, round_, kind)][::-1] or [text.content]
            for kind, text in kinds.items()
        ]
        address = url_for("round_texts.texts", code=round_.code)
        places.append(_place("Les textes du tour", address, of_round))
        lacking = validation.lacking(store.working(session, round_))
        address = url_for("editor.outline", code=round_.code)
        places.append(Place("Le questionnaire", address, lacking, {}))
    lacking = lacking_counts(texts_in_force(session))
    of_plan = _counted(map(_stale_wording, wordings(session)))
    return [*places, Place("Le plan", url_for("plan_staff.plan"), lacking, of_plan)]


def _round() -> Round | None:
    """The round that visitors meet, else the last one."""
    current = queries.current(db.session(), now())
    return current or next(iter(queries.latest_first(db.session())), None)


def _place(name: str, address: str, texts_: Sequence[Sequence[Localized]]) -> Place:
    lacking = lacking_counts(it[-1] for it in texts_ if it)
    return Place(name, address, lacking, _counted(map(stale, texts_)))


def _stale_wording(versions: Sequence[IndicatorVersion]) -> Iterable[str]:
    """The languages in which a text of an indicator is that of an earlier wording."""
    of_names = ([getattr(it, name) or {} for it in versions] for name in WORDING)
    return {tag for texts_ in of_names for tag in stale(texts_)}


def _counted(texts: Iterable[Iterable[str]]) -> Mapping[str, int]:
    return Counter(tag for tags in texts for tag in tags)


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
