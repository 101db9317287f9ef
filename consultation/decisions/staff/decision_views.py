"""Staff page of one decision: what was said beside the outcome, the wording and the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from consultation.db.permanent_rows import TrialRefused
from consultation.db.stale import StaleEdit
from consultation.decisions import decide, editions
from consultation.decisions.decide import Subject, TextGone
from consultation.decisions.models import DecisionDraft, IndicatorDecision
from consultation.decisions.oddities import OddDecision, Oddity
from consultation.decisions.staff import evidence
from consultation.decisions.staff.evidence import Texts
from consultation.decisions.staff.forms import (
    DecisionForm,
    MissingForm,
    decision_values,
    draft_values,
    indicator_form_values,
)
from consultation.decisions.staff.page_context import ListPlace, kept, place_of
from consultation.decisions.staff.views import verdicts
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.apply import text_changes
from consultation.plan.drafts import WORDING, indicator_draft
from consultation.plan.measurement import remarks
from consultation.plan.overview.evaluation import is_evaluated
from consultation.plan.queries import IndicatorRetired
from consultation.plan.text_diff import TextChange
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import summary
from consultation.results.overview.board import stances_of
from consultation.web.errors import OF_TRIAL
from consultation.web.headers import allow_fetching
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.lists import PAGE

blueprint = Blueprint("one_decision", __name__, url_prefix="/organisation/preciser")

REREAD, TAKE_OVER, SAVE, DISCARD = "relire", "reprendre", "garder", "effacer"
"""Values of the buttons that do not decide; the second is followed by the name of a text."""
MOST_AUTHORS = 4
"""How many kinds of authors are named beside similar texts."""
NOT_KEPT = ("digest", "confirmed")
"""Fields of a form that a draft has not."""
TEXT_GONE = (
    "Un des textes cochés n'est plus lisible : il a été retiré, effacé ou écarté depuis."
    " Sa case a disparu. Vérifiez les autres, puis décidez."
)
RETIRED = (
    "L'indicateur a été retiré du plan entre-temps : rien n'est décidé."
    " Remettez-le depuis le plan, puis décidez."
)
Form = DecisionForm | MissingForm


@dataclass(frozen=True)
class SubjectPage:
    """A subject with what is stored of it: decisions, a draft, and what was said."""

    subject: Subject
    round: Round | None

    @cached_property
    def texts(self) -> Texts:
        """What was said of it in the round."""
        if self.round is None:
            return Texts()
        return evidence.load(current_work(), self.round, self.subject)

    @cached_property
    def decisions(self) -> Sequence[IndicatorDecision]:
        """The decisions in force, the latest first."""
        return decide.current_decisions(db.session(), self.subject)

    @cached_property
    def draft(self) -> DecisionDraft | None:
        return decide.draft_of(db.session(), self.subject)

    @cached_property
    def editions(self) -> Mapping[int, int]:
        """The number of the edition that published each decision."""
        return editions.numbers_of(db.session(), [it.id for it in self.decisions])

    @property
    def unpublished(self) -> IndicatorDecision | None:
        """The decision on the indicator that still may be taken otherwise."""
        if self.subject.indicator is None:
            wanted = request.values.get("supersedes") or request.args.get("decision")
            return next((it for it in self._unpublished if it.public_id == wanted), None)
        return next(iter(self._unpublished), None)

    @property
    def _unpublished(self) -> Sequence[IndicatorDecision]:
        return [it for it in self.decisions if it.id not in self.editions]

    @property
    def values(self) -> dict[str, Any]:
        """What the form is filled in from: the draft, else the decision, else the indicator."""
        values = self._values
        values["digest"] = decide.state_of(db.session(), self.subject)
        return values

    @property
    def _values(self) -> dict[str, Any]:
        indicator = self.subject.indicator
        if self.draft is not None:
            return draft_values(self.draft)
        if self.unpublished is not None:
            values = decision_values(self.unpublished, indicator)
            ids = {row.answer_id for row in self.unpublished.basis if row.answer_id is not None}
            return values | {"basis": self.texts.names_of(ids)}
        return indicator_form_values(indicator) if indicator else {}

    def form(self, posted: MultiDict[str, str] | None = None) -> Form:
        """Return the form as posted, or filled in from what is stored."""
        values = self.values if posted is None else None
        if posted is not None and self.subject.indicator is not None:
            posted = _with_unseen(posted, indicator_form_values(self.subject.indicator))
        if self.subject.indicator is None:
            return MissingForm(posted, data=values)
        form = DecisionForm(posted, data=values)
        form.before = indicator_draft(self.subject.indicator)
        form.compare_with(indicator_form_values(self.subject.indicator))
        return form

    @cached_property
    def place(self) -> ListPlace | None:
        """Its place in the list from which one came."""
        return place_of(current_work(), self.round, self.subject) if self.round else None

    @property
    def address(self) -> str:
        is_missing = self.subject.indicator is None
        view = "one_decision.missing" if is_missing else "one_decision.indicator"
        return url_for(view, code=self.subject.code, **kept())

    @property
    def board_address(self) -> str:
        """The address of the list from which one came, on the page that has the subject."""
        parameters = kept()
        if self.place is not None:
            parameters[PAGE] = self.place.page if self.place.page > 1 else None
        return url_for("decisions.board_page", **parameters)

    @property
    def next_address(self) -> str:
        """The address of what one decides next: of the list while it lasts, else the list."""
        following = self.place.following if self.place and not self.unpublished else None
        if following is None:
            return self.board_address
        view = "one_decision.indicator" if following.summary else "one_decision.missing"
        return url_for(view, code=following.code, **kept())


@blueprint.get("/indicateurs/<code>")
@requires(Permission.DECIDE)
def indicator(code: str) -> ResponseReturnValue:
    """Show what was said of an indicator, and the form of a decision on it."""
    page = _of_indicator(code)
    return _page(page, page.form())


@blueprint.post("/indicateurs/<code>")
@requires(Permission.DECIDE)
def decide_indicator(code: str) -> ResponseReturnValue:
    """Decide on an indicator, or save the decision for later."""
    return _press(_of_indicator(code))


@blueprint.get("/mesures/<code>")
@requires(Permission.DECIDE)
def missing(code: str) -> ResponseReturnValue:
    """Show what is missing in a measure, and the form of a decision on it."""
    page = _of_measure(code)
    return _page(page, page.form())


@blueprint.post("/mesures/<code>")
@requires(Permission.DECIDE)
def decide_missing(code: str) -> ResponseReturnValue:
    """Decide to add an indicator to a measure, or not, or save that for later."""
    return _press(_of_measure(code))


def _of_indicator(code: str) -> SubjectPage:
    row = queries.stored_indicator(db.session(), code)
    if row is None or row.code != code:
        abort(404)
    return SubjectPage(Subject(row.measure, row), working_round())


def _of_measure(code: str) -> SubjectPage:
    measure = queries.measure_by_code(db.session(), code)
    if measure is None or measure.code != code:
        abort(404)
    return SubjectPage(Subject(measure), working_round())


def _press(page: SubjectPage) -> ResponseReturnValue:
    """Do what the button stands for that was pressed."""
    button = request.form.get("geste", "")
    acts: Mapping[str, Callable[[SubjectPage], ResponseReturnValue]] = {
        REREAD: lambda page: _page(page, page.form(request.form)),
        SAVE: _save,
        DISCARD: _discard,
    }
    if button.startswith(f"{TAKE_OVER}:"):
        return _take_over(page, button.removeprefix(f"{TAKE_OVER}:"))
    return acts.get(button, _decide)(page)


def _take_over(page: SubjectPage, name: str) -> ResponseReturnValue:
    """Put a proposed text into the form as the new wording, and tick it."""
    entry = page.texts.entries.get(name)
    if entry is None:
        return _page(page, page.form(request.form), problem=TEXT_GONE), 409
    posted = MultiDict(request.form)
    posted["label"] = " ".join(entry.text.split())
    if name not in posted.getlist("appui"):
        posted.add("appui", name)
    return _page(page, page.form(posted))


def _save(page: SubjectPage) -> ResponseReturnValue:
    """Keep the form as it is, valid or not."""
    form = page.form(request.form)
    fields = {name: it for name, it in form.data.items() if name not in NOT_KEPT and it}
    return act(
        lambda work: decide.save_draft(work, page.subject, fields, form.digest.data or ""),
        page=partial(_page, page, form),
        done="Le brouillon est enregistré : ce n'est pas encore décidé.",
        to=page.address,
    )


def _discard(page: SubjectPage) -> ResponseReturnValue:
    form = page.form(request.form)
    return act(
        lambda work: decide.discard_draft(work, page.subject, form.digest.data or ""),
        page=partial(_page, page, form),
        done="Le brouillon est effacé.",
        to=page.address,
    )


def _decide(page: SubjectPage) -> ResponseReturnValue:
    form = page.form(request.form)
    answer_ids = page.texts.answer_ids(form.basis.data)
    if answer_ids is None:
        return _page(page, form, problem=TEXT_GONE), 409
    code, to = page.subject.code, page.next_address  # before it leaves the list
    return act(
        lambda work: decide.decide(work, page.subject, form.decision(answer_ids)),
        form=form,
        page=partial(_page, page, form),
        refusals={
            OddDecision: lambda odd: (_page(page, form, oddities=odd.oddities), 409),
            TrialRefused: OF_TRIAL.body,
            IndicatorRetired: RETIRED,
            TextGone: TEXT_GONE,
        },
        done=f"C'est décidé pour {code}. La prochaine édition le publiera.",
        to=to,
    )


def _page(
    page: SubjectPage,
    form: Form,
    *,
    problem: str = "",
    stale: StaleEdit | None = None,
    oddities: Sequence[Oddity] = (),
) -> str:
    if stale is not None:
        page = SubjectPage(page.subject, page.round)
        values = page.values
        form.compare(values)
        form.digest.data = values["digest"]
    allow_fetching()
    figures = _figures(page)
    return render_template(
        "decisions/staff/decision.html",
        page=page,
        form=form,
        figures=figures,
        stances=stances_of(figures.tally.by_stance if figures else {}),
        verdicts=verdicts([figures.relevance] if figures else []),
        changes=_changes(page, form),
        remarks=_remarks(page, form),
        problem=problem,
        stale_edit=stale,
        oddities=oddities,
        is_measured=form.is_measured or is_evaluated(db.session()),
        filters=kept(),
        capacities=store.french_labels(db.session(), Destination.CAPACITY),
        most_authors=MOST_AUTHORS,
        buttons={"reread": REREAD, "take_over": TAKE_OVER, "save": SAVE, "discard": DISCARD},
    )


def _with_unseen(posted: MultiDict[str, str], stored: Mapping[str, Any]) -> MultiDict[str, str]:
    """Return a form with the values as they are stored that its page did not ask for."""
    unseen = {name: stored[name] or "" for name in DecisionForm.measured if name not in posted}
    return MultiDict([*posted.items(multi=True), *unseen.items()])


def _figures(page: SubjectPage) -> summary.IndicatorSummary | None:
    if page.round is None or page.subject.indicator is None:
        return None
    rows = summary.summaries(
        db.session(), page.round.id, measure_id=page.subject.indicator.measure_id
    )
    wanted = page.subject.indicator.id
    return next((row for row in rows if row.subject.id == wanted), None)


def _changes(page: SubjectPage, form: Form) -> list[TextChange]:
    """Return the changes of a form to the French wording in force."""
    if page.subject.indicator is None:
        return []
    typed = form.as_typed(page.subject.code)
    return text_changes(page.subject.indicator.version, typed, WORDING)


def _remarks(page: SubjectPage, form: Form) -> list[str]:
    typed = form.as_typed(page.subject.code)
    if not typed.label.get("fr"):
        return []
    quiet = set()
    if page.subject.indicator is not None:
        silenced = remarks.silences(db.session(), page.subject.indicator)
        quiet = {it.remark for it in silenced}
    return [it.label for it in remarks.remarks_on(typed) if it not in quiet]
