"""Outline edits and service: conditions follow, published forms stay, the audit log has all."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent
from consultation.db.stale import StaleEdit
from consultation.plan.models import Measure
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import edits, service, validation
from consultation.questionnaires.outline import store as outline_store
from consultation.questionnaires.outline.edits import NotInOutline, StillNeeded
from consultation.questionnaires.outline.service import (
    ABSENT,
    MeaningChanged,
    OutlineRefused,
    Remedy,
    SentQuestion,
    SentSection,
    digest_of_question,
    digest_of_section,
)
from consultation.questionnaires.outline.structure import Condition, Outline, OutlineSection, Scope
from consultation.questionnaires.publication import publish
from consultation.text import clean_line
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.factories import make_measure, make_round
from tests.questionnaires.outline_builders import (
    CONDITIONAL,
    make_outline,
    make_question,
    make_section,
    options,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ORGANISER = SimpleNamespace(id=None, email="lou@association.fr", may=lambda permission: True)
STRANGER = SimpleNamespace(id=None, email="x@association.fr", may=lambda permission: False)
CHOICE = QuestionKind.SINGLE_CHOICE
FIRST = make_question("avis", CHOICE)
SECOND = make_question("pourquoi", condition=Condition("avis", ("oui",)))
MADE = make_outline(FIRST, SECOND, others=[make_section("more")])


def codes_of(made, section="core"):
    return [question.code for question in made.section(section).questions]


def test_digests_are_equal_whatever_the_order_of_the_keys():
    texts = {"fr": "Pourquoi ?", "en": "Why?"}
    first, second = (
        make_outline(make_question("avis", label=label)).with_section(
            make_section("tool", make_question("x"), scope=Scope.TOOL, title=label)
        )
        for label in (texts, dict(reversed(texts.items())))
    )

    assert digest_of_question(first, "avis") == digest_of_question(second, "avis")
    assert digest_of_section(first, "tool") == digest_of_section(second, "tool")


def test_new_question_stands_at_the_end_of_its_section():
    assert codes_of(edits.add_question(MADE, "core", make_question("x"))) == [
        "avis",
        "pourquoi",
        "x",
    ]


def test_new_code_is_followed_by_the_conditions_that_name_it():
    changed = edits.change_question(MADE, "avis", replace(FIRST, code="opinion"), "core")

    assert changed.question("pourquoi").condition == Condition("opinion", ("oui",))
    assert codes_of(changed) == ["opinion", "pourquoi"]


def test_question_goes_to_the_end_of_another_section():
    changed = edits.change_question(MADE, "avis", FIRST, "more")

    assert (codes_of(changed), codes_of(changed, "more")) == (["pourquoi"], ["avis"])


def test_question_that_others_depend_on_goes_only_with_their_conditions():
    with pytest.raises(StillNeeded) as refused:
        edits.remove_question(MADE, "avis")
    left = edits.remove_question(MADE, "avis", with_conditions=True)

    assert refused.value.questions == [SECOND]
    assert left.question("avis") is None
    assert left.question("pourquoi").condition is None


def test_section_goes_with_its_questions_and_the_conditions_within():
    far = make_question("loin", condition=Condition("avis", ("oui",)))
    made = edits.add_question(MADE, "more", far)

    with pytest.raises(StillNeeded) as refused:
        edits.remove_section(made, "core")

    assert refused.value.questions == [far]
    assert edits.remove_section(MADE, "core").section("core") is None


def test_conditions_lose_the_replies_that_are_gone():
    both = replace(SECOND, condition=Condition("avis", ("oui", "non")))
    made = make_outline(FIRST, both)

    assert edits.narrow_conditions(made, "avis", ["non"]).question("pourquoi").condition == (
        Condition("avis", ("non",))
    )
    assert edits.narrow_conditions(made, "avis", []).question("pourquoi").condition is None


@pytest.mark.parametrize(
    ("code", "step", "order"),
    [
        ("avis", 1, ["pourquoi", "avis"]),
        ("pourquoi", -1, ["pourquoi", "avis"]),
        ("avis", -1, ["avis", "pourquoi"]),
        ("pourquoi", 1, ["avis", "pourquoi"]),
    ],
)
def test_question_moves_within_its_section_and_stops_at_its_ends(code, step, order):
    assert codes_of(edits.move_question(MADE, code, step)) == order


def test_sections_move_and_a_new_one_stands_beside_those_of_its_scope():
    added = edits.add_section(MADE, make_section("x"))

    assert [it.code for it in added.sections] == ["core", "more", "x", "tool", "who"]
    moved = edits.move_section(added, "who", -1)
    assert [it.code for it in moved.sections] == ["core", "more", "x", "who", "tool"]


def test_changed_section_keeps_its_questions():
    changed = edits.change_section(MADE, "core", make_section("noyau"))

    assert codes_of(changed, "noyau") == ["avis", "pourquoi"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda: edits.add_question(MADE, "z", FIRST),
        lambda: edits.change_question(MADE, "z", FIRST, "core"),
        lambda: edits.remove_question(MADE, "z"),
        lambda: edits.move_question(MADE, "z", 1),
        lambda: edits.change_section(MADE, "z", make_section("x")),
        lambda: edits.remove_section(MADE, "z"),
        lambda: edits.move_section(MADE, "z", 1),
    ],
)
def test_what_is_not_there_is_said(edit):
    with pytest.raises(NotInOutline):
        edit()


# Through the service, on a round with published forms.


@pytest.fixture
def published(session):
    make_measure(session, "T7")
    make_measure(session, "T8", indicators=1)
    made = make_round(session, outline=CONDITIONAL)
    session.commit()
    return made


def working(session, consultation_round):
    return outline_store.working(session, consultation_round)


def sent(session, consultation_round, code, section=None, /, **values):
    """A stored question with some values changed, as its form would send it."""
    made = working(session, consultation_round)
    remedy = values.pop("remedy", Remedy.NONE)
    return SentQuestion(
        replace(made.question(code), **values),
        section or made.section_of(code).code,
        code,
        digest_of_question(made, code),
        remedy,
    )


def store(session, consultation_round, what):
    return service.store_question(Work(session, ORGANISER, NOW), consultation_round, what)


def test_change_is_stored_and_noted_without_its_texts(session, published):
    code = store(session, published, sent(session, published, "reason", label={"fr": "Ah ?"}))

    event = session.scalars(sa.select(AuditEvent)).one()
    assert working(session, published).question(code).label == {"fr": "Ah ?"}
    assert (event.action, event.subject) == ("outline_changed", "reason")
    assert event.details == {"what": "question_changed", "round": "tour-1"}


def test_what_changes_nothing_leaves_no_trace(session, published):
    store(session, published, sent(session, published, "reason"))

    assert session.scalars(sa.select(AuditEvent)).all() == []
    assert not outline_store.has_changes(session, published)


def test_second_of_two_organisers_is_told(session, published):
    mine = sent(session, published, "reason", hint={"fr": "Dites pourquoi."})
    store(session, published, sent(session, published, "reason", label={"fr": "Ah ?"}))

    with pytest.raises(StaleEdit):
        store(session, published, mine)

    assert working(session, published).question("reason").hint is None


def test_change_elsewhere_is_no_conflict(session, published):
    mine = sent(session, published, "reason", hint={"fr": "Dites pourquoi."})
    store(session, published, sent(session, published, "source", label={"fr": "Où ?"}))
    service.move_question(Work(session, ORGANISER, NOW), published, "reason", -1)

    store(session, published, mine)

    assert working(session, published).question("reason").hint == {"fr": "Dites pourquoi."}


def test_what_was_taken_out_meanwhile_can_be_stored_again(session, published):
    mine = sent(session, published, "source", label={"fr": "Où ?"})
    service.remove_question(
        Work(session, ORGANISER, NOW), published, "source", with_conditions=False
    )

    with pytest.raises(StaleEdit):
        store(session, published, mine)
    store(session, published, replace(mine, digest=ABSENT))

    assert working(session, published).question("source").label == {"fr": "Où ?"}


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        (Condition("stance", ("keep",)), "« stance » → « stance »"),
        (Condition("proposed_wording", ("x",)), "« stance » → « proposed_wording » → « stance »"),
        (Condition("partie", ("x",)), "« stance » → « partie »"),
    ],
)
def test_cycle_is_refused_with_its_path(session, published, condition, path):
    with pytest.raises(OutlineRefused) as refused:
        store(session, published, sent(session, published, "stance", condition=condition))

    assert path in str(refused.value)
    assert not outline_store.has_changes(session, published)


def test_move_that_would_leave_a_condition_behind_is_refused(session, published):
    for _over in ("reason", "feasibility", "relevance"):
        service.move_question(Work(session, ORGANISER, NOW), published, "proposed_wording", -1)

    with pytest.raises(OutlineRefused, match="n'est pas posée avant elle"):
        service.move_question(Work(session, ORGANISER, NOW), published, "proposed_wording", -1)

    assert codes_of(working(session, published), "indicator")[:2] == ["stance", "proposed_wording"]


def test_capacity_stays_whatever_is_taken_out(session, published):
    with pytest.raises(OutlineRefused, match="La qualité de la personne"):
        service.remove_question(
            Work(session, ORGANISER, NOW), published, "capacity", with_conditions=True
        )
    with pytest.raises(OutlineRefused, match="La qualité de la personne"):
        service.remove_section(
            Work(session, ORGANISER, NOW), published, "respondent", with_conditions=True
        )


def remove(session, consultation_round, section):
    agreed = {"with_conditions": True}
    service.remove_section(Work(session, ORGANISER, NOW), consultation_round, section, **agreed)


def test_every_form_goes_on_asking_something(session, published):
    make_measure(session, "T9", indicators=0)
    for section in ("missing", "progress", "document", "whole_set", "method"):
        remove(session, published, section)

    with pytest.raises(OutlineRefused, match="de la mesure T9, qui n'a pas d'indicateur"):
        remove(session, published, "suggestions")
    with pytest.raises(
        OutlineRefused, match="Le formulaire sur l'ensemble des indicateurs ne demande rien"
    ):
        remove(session, published, "tool_suggestions")


def test_measure_that_was_asked_nothing_before_does_not_stop_the_work(session, published):
    make_measure(session, "T9", indicators=0)
    unanswerable = ("missing", "progress", "suggestions")
    outline_store.change(
        session,
        published,
        lambda made: Outline(tuple(it for it in made.sections if it.code not in unanswerable)),
        NOW,
    )

    store(session, published, sent(session, published, "reason", label={"fr": "Pourquoi donc ?"}))

    assert working(session, published).question("reason").label == {"fr": "Pourquoi donc ?"}


def fewer(session, consultation_round, **values):
    """« stance » without « Le reformuler », on which another question depends."""
    left = tuple(it for it in CONDITIONAL.question("stance").options if it.code != "amend")
    return sent(session, consultation_round, "stance", options=left, **values)


def test_changed_meaning_is_not_stored_before_somebody_chooses(session, published):
    with pytest.raises(MeaningChanged) as changed:
        store(session, published, fewer(session, published))

    assert changed.value.broken.free_code == "stance_2"
    assert changed.value.broken.reasons == [
        "des réponses proposées disparaissent : « Le reformuler »"
    ]
    assert [it.code for it in changed.value.broken.losing] == ["proposed_wording"]
    assert not outline_store.has_changes(session, published)


def test_keeping_the_code_puts_back_what_is_missing(session, published):
    what = fewer(session, published, remedy=Remedy.KEEP, label={"fr": "Votre avis ?"})

    store(session, published, what)

    stored = working(session, published).question("stance")
    assert stored.label == {"fr": "Votre avis ?"}
    assert [it.code for it in stored.options][-1] == "amend"


def test_new_code_is_followed_by_the_conditions_as_far_as_they_can(session, published):
    what = fewer(session, published, remedy=Remedy.RENAME, code="stance_2")

    store(session, published, what)

    made = working(session, published)
    assert made.question("stance") is None
    assert made.question("proposed_wording").condition == Condition("stance_2", ("replace",))
    assert service.find_all_errors(session, made) == []


def test_keeping_the_code_keeps_the_kind_and_the_section(session, published):
    what = sent(
        session, published, "stance", "missing", kind=QuestionKind.LONG_TEXT, options=(),
        settings={"maximum": 100}, remedy=Remedy.KEEP,
    )  # fmt: skip

    store(session, published, what)

    made = working(session, published)
    assert made.question("stance").kind is CHOICE
    assert made.question("stance").options == CONDITIONAL.question("stance").options
    assert made.section_of("stance").code == "indicator"


def test_code_of_a_published_question_is_not_changed_in_passing(session, published):
    assert store(session, published, sent(session, published, "reason", code="autre")) == "reason"


def test_section_with_answers_is_not_turned_to_other_things(session, published):
    made = working(session, published)
    section = replace(made.section("missing"), scope=Scope.INDICATOR)
    what = SentSection(section, "missing", digest_of_section(made, "missing"))

    with pytest.raises(OutlineRefused, match="ne l'était pas"):
        service.store_section(Work(session, ORGANISER, NOW), published, what)


def test_section_changes_its_forms(session, published):
    made = working(session, published)
    section = replace(made.section("missing"), scope=Scope.INSERT, measures=("T8",))
    what = SentSection(section, "missing", digest_of_section(made, "missing"))

    service.store_section(Work(session, ORGANISER, NOW), published, what)

    assert working(session, published).section("missing").measures == ("T8",)


def test_what_was_wrong_elsewhere_does_not_stop_the_work(session, published):
    made = working(session, published)
    insert = OutlineSection("propre", Scope.INSERT, {"fr": "Propre"}, measures=("T8",))
    service.store_section(Work(session, ORGANISER, NOW), published, SentSection(insert))
    session.execute(sa.update(Measure).where(Measure.code == "T8").values(retired_at=NOW))
    assert service.find_all_errors(session, working(session, published)) != []

    store(session, published, sent(session, published, "reason", label={"fr": "Ah ?"}))

    assert working(session, published).question("reason") != made.question("reason")


def test_before_the_first_publication_there_is_nothing_to_go_back_to(session):
    made = make_round(session, outline=CONDITIONAL)
    session.execute(sa.text("UPDATE outline SET published_at = NULL"))
    session.expire_all()

    service.discard(Work(session, ORGANISER, NOW), made)

    assert outline_store.has_changes(session, made)


def test_discarding_is_noted(session, published):
    store(session, published, sent(session, published, "reason", label={"fr": "Ah ?"}))

    service.discard(Work(session, ORGANISER, NOW), published)

    actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["outline_changed", "outline_discarded"]
    assert working(session, published) == CONDITIONAL


@pytest.mark.parametrize(
    "act",
    [
        lambda session, of: service.move_question(Work(session, STRANGER, NOW), of, "reason", 1),
        lambda session, of: service.move_section(Work(session, STRANGER, NOW), of, "missing", 1),
        lambda session, of: service.discard(Work(session, STRANGER, NOW), of),
        lambda session, of: service.store_question(
            Work(session, STRANGER, NOW), of, SentQuestion(make_question("x"), "missing")
        ),
    ],
)
def test_who_may_not_compose_changes_nothing(session, published, act):
    with pytest.raises(NotAllowed):
        act(session, published)


# Whatever an organiser does, in whatever order.

PUBLISHED_ROWS = (
    "SELECT * FROM outline WHERE published_at IS NOT NULL ORDER BY id",
    "SELECT * FROM questionnaire ORDER BY id",
    "SELECT * FROM section ORDER BY id",
    "SELECT * FROM question ORDER BY id",
    "SELECT * FROM option ORDER BY id",
)
CODES = st.sampled_from(["stance", "reason", "x", "x_2", "Mauvais code", ""])
KINDS = st.sampled_from(list(QuestionKind))
numbers = st.integers(0, 40)
actions = st.one_of(
    st.tuples(st.just("add"), numbers, CODES, KINDS),
    st.tuples(st.just("change"), numbers, CODES, KINDS, numbers, st.sampled_from(list(Remedy))),
    st.tuples(st.just("label"), numbers, st.text(max_size=5).map(clean_line)),
    st.tuples(st.just("options"), numbers, numbers, st.sampled_from(list(Remedy))),
    st.tuples(st.just("condition"), numbers, numbers),
    st.tuples(st.just("remove"), numbers, st.booleans()),
    st.tuples(st.just("move"), numbers, st.sampled_from([-1, 1])),
    st.tuples(st.just("section"), numbers, st.sampled_from(list(Scope)), CODES),
    st.tuples(st.just("remove_section"), numbers, st.booleans()),
    st.tuples(st.just("move_section"), numbers, st.sampled_from([-1, 1])),
    st.tuples(st.just("discard")),
)


class Organiser:
    """Does what it is told, as the forms would send it; what is refused is simply not done."""

    def __init__(self, session, consultation_round):
        self.session, self.round = session, consultation_round

    def do(self, name, *values):
        try:
            getattr(self, name)(*values)
        except (OutlineRefused, MeaningChanged, StillNeeded, NotInOutline):
            return

    def at(self, number):
        parts = working(self.session, self.round).questions
        return parts[number % len(parts)]

    def section_at(self, number):
        parts = working(self.session, self.round).sections
        return parts[number % len(parts)]

    def store(self, code, remedy=Remedy.NONE, section=None, /, **values):
        what = sent(self.session, self.round, code, section, remedy=remedy, **values)
        store(self.session, self.round, what)

    def add(self, number, code, kind):
        what = SentQuestion(make_question(code, kind), self.section_at(number).code)
        store(self.session, self.round, what)

    def change(self, number, code, kind, where, remedy):
        section = self.section_at(where).code
        changed = make_question(code, kind)
        values = {"kind": kind, "settings": changed.settings, "options": changed.options}
        self.store(self.at(number).code, remedy, section, code=code, **values)

    def label(self, number, text):
        self.store(self.at(number).code, label={"fr": text})

    def options(self, number, count, remedy):
        kept = self.at(number).options[:count]
        self.store(self.at(number).code, remedy, options=(*kept, *options("neuf")))

    def condition(self, number, other):
        self.store(self.at(number).code, condition=Condition(self.at(other).code, ("yes", "oui")))

    def remove(self, number, agreed):
        service.remove_question(
            Work(self.session, ORGANISER, NOW),
            self.round,
            self.at(number).code,
            with_conditions=agreed,
        )

    def move(self, number, step):
        code = self.at(number).code
        service.move_question(Work(self.session, ORGANISER, NOW), self.round, code, step)

    def section(self, number, scope, code):
        parts = self.section_at(number)
        made = working(self.session, self.round)
        changed = replace(parts, scope=scope, code=code, measures=("T7",), questions=())
        digest = digest_of_section(made, parts.code)
        what = SentSection(changed, parts.code, digest) if number % 2 else SentSection(changed)
        service.store_section(Work(self.session, ORGANISER, NOW), self.round, what)

    def remove_section(self, number, agreed):
        service.remove_section(
            Work(self.session, ORGANISER, NOW),
            self.round,
            self.section_at(number).code,
            with_conditions=agreed,
        )

    def move_section(self, number, step):
        code = self.section_at(number).code
        service.move_section(Work(self.session, ORGANISER, NOW), self.round, code, step)

    def discard(self):
        service.discard(Work(self.session, ORGANISER, NOW), self.round)


def rows_of(session):
    return [[tuple(row) for row in session.execute(sa.text(query))] for query in PUBLISHED_ROWS]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(actions, min_size=1, max_size=12))
def test_no_sequence_of_actions_touches_what_is_published(session, published, done):
    before = rows_of(session)
    organiser = Organiser(session, published)

    for action in done:
        organiser.do(*action)

    made = working(session, published)
    codes = [question.code for question in made.questions]
    assert rows_of(session) == before
    assert len(codes) == len(set(codes))
    assert validation.find_errors(made, {"T7": 2, "T8": 1}) == []
    session.rollback()


def test_publication_after_editing_leaves_the_earlier_rows(session, published):
    before = rows_of(session)
    store(session, published, fewer(session, published, remedy=Remedy.RENAME, code="stance_2"))

    publish.publish_outline(session, published, NOW)

    after = rows_of(session)
    for old, new in zip(before[2:], after[2:], strict=True):
        assert new[: len(old)] == old
        assert len(new) > len(old)
