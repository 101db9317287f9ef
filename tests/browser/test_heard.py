"""What a screen reader is told of each kind of question, as asked and as refused.

`python -m pytest tests/browser/test_heard.py --rewrite-heard` writes what is compared, to be read.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.structure import Scope
from consultation.questionnaires.publication import publish as publication_publish
from consultation.questionnaires.rounds import queries
from tests.questionnaires.outline_builders import make_question, make_section, options

KEPT = Path(__file__).with_name("heard.txt")
SCRIPT = re.compile(r"/static/draft\.js")
FORM = "/mesures/T4/contribuer"
HINT = {"fr": "Une précision."}
VALUES = {
    QuestionKind.SHORT_TEXT: {"is_required": True},
    QuestionKind.LONG_TEXT: {"is_required": True, "needs_care": True},
    QuestionKind.NUMBER: {"is_required": True},
    QuestionKind.DATE: {"is_required": True},
    QuestionKind.YES_NO: {"is_required": True},
    QuestionKind.SINGLE_CHOICE: {"is_required": True},
    QuestionKind.MULTIPLE_CHOICE: {"is_required": True},
    QuestionKind.SCALE: {
        "is_required": True,
        "settings": {
            "minimum": 1,
            "maximum": 5,
            "low": {"fr": "Pas du tout"},
            "middle": {"fr": "Moyennement"},
            "high": {"fr": "Tout à fait"},
        },
    },
    QuestionKind.MATRIX: {"is_required": True},
    QuestionKind.RANKING: {"is_required": True},
    QuestionKind.NOTE: {"hint": None},
}
LONG_LIST = make_question(
    "a_list",
    QuestionKind.SINGLE_CHOICE,
    label={"fr": "Choix dans une liste"},
    hint=HINT,
    is_required=True,
    options=options(*"abcdefghi"),
)
TICK = make_question(
    "a_tick", QuestionKind.YES_NO, label={"fr": "Je consens"}, settings={"statement": True}
)

EMAIL = "Votre adresse électronique"
"""The question of kind e-mail that every form has."""

# What the tree of Playwright leaves out: the words that describe a control, and whether it is
# required or wrong.
DESCRIBED = """(field) => [field, ...field.querySelectorAll("*")]
.filter((it) => it.matches("[aria-describedby], [required], [aria-required], [aria-invalid]"))
.map((it) => [
  it.tagName.toLowerCase(),
  it.required || it.ariaRequired === "true" ? "required" : "",
  it.ariaInvalid === "true" ? "invalid" : "",
  ...(it.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)
    .map((id) => document.getElementById(id)).filter((words) => !words.hidden)
    .map((words) => `"${words.textContent.trim().replace(/\\s+/g, " ")}"`),
].filter(Boolean).join(" "))"""


def questions():
    """One question of each kind, and the two that are drawn in another way."""
    asked = [
        replace(
            make_question(f"a_{kind.value}", kind, label={"fr": f"Question {kind.value}"}),
            **({"hint": HINT} | values),
        )
        for kind, values in VALUES.items()
    ]
    return [*asked, LONG_LIST, TICK]


def publish(session, questions):
    """Put the questions at the top of the form of every measure."""
    first = make_section("essai", *questions, scope=Scope.MEASURE)
    consultation_round = queries.last(session)
    with writing(session):
        store.change(
            session,
            session.merge(consultation_round),
            lambda outline: replace(outline, sections=(first, *outline.sections)),
            now(),
        )
    with writing(session):
        publication_publish.publish_outline(session, queries.last(session), now())


def heard(page, label):
    """The tree of one question, and what describes its controls."""
    place = page.locator("[data-form]").get_by_text(label).first
    field = place.locator("xpath=ancestor::div[contains(@class,'field')][1]")
    told = field.evaluate(DESCRIBED)
    return "\n".join([field.aria_snapshot(), *(f"# {line}" for line in told)]) + "\n"


@pytest.mark.looks
def test_each_kind_of_question_is_told_as_it_was_reviewed(browser, site, session, request):
    asked = questions()
    publish(session(), asked)
    label_by_code = {question.code: question.label["fr"] for question in asked} | {"a_email": EMAIL}
    context = browser.new_context(base_url=site.address, locale="fr-FR")
    page = context.new_page()
    said = {}

    page.goto(FORM)
    for code, label in label_by_code.items():
        said[code] = heard(page, label)
    page.get_by_label(EMAIL).fill("jeanne")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.locator("#errors").wait_for()
    for code, label in label_by_code.items():
        said[f"{code}, refused"] = heard(page, label)
    context.close()

    assert {question.kind for question in asked} == set(QuestionKind) - {QuestionKind.EMAIL}
    told = "\n".join(f"== {title}\n{tree}" for title, tree in said.items())
    if request.config.getoption("rewrite_heard"):
        KEPT.write_text(told, "utf-8")
    assert told == KEPT.read_text("utf-8")


def begun(browser, site):
    """Return a page that shows a form which was saved once, the clock held, its script not come."""
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.clock.install()
    page.goto(FORM)
    page.get_by_label("Que souhaitez-vous ajouter").fill("Un début")
    page.get_by_role("button", name="Enregistrer et reprendre plus tard").click()
    held = []
    page.route(SCRIPT, lambda route: held.append(route))
    with page.expect_request(SCRIPT):
        page.get_by_role("link", name="Continuer le formulaire").click()
    return page, held


def test_draft_says_that_it_saved_itself_and_when_it_could_not(browser, site):
    page, script = begun(browser, site)
    text = page.get_by_label("Que souhaitez-vous ajouter")

    text.fill("Un début, tapé avant que le script soit là")
    script[0].continue_()
    page.wait_for_load_state()
    page.clock.fast_forward(31_000)
    expect(page.locator("[data-draft][role=status]")).to_contain_text("nregistré")
    # Longer than what a browser sends for a page that is left: it is sent all the same.
    for field in page.locator("textarea:visible").all():
        field.fill("é" * 5000)
    with page.expect_response(lambda it: it.request.method == "POST") as sent:
        page.clock.fast_forward(31_000)
    assert sent.value.ok
    # Until the script has read the answer, it would not save again.
    revision = str(sent.value.json()["revision"])
    expect(page.locator("[name=draft_revision]")).to_have_value(revision)
    page.context.set_offline(True)
    text.fill("Un début, une suite, et une fin")
    page.clock.fast_forward(31_000)

    expect(page.get_by_role("alert")).to_contain_text("vérifiez votre connexion")
    page.context.close()


def test_what_is_left_to_type_is_told_near_the_end_and_changes_no_description(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.clock.install()
    page.goto(FORM)
    field = page.get_by_label("Que souhaitez-vous ajouter")
    told = page.locator("[data-form] > [aria-live]")
    described = field.evaluate(DESCRIBED)

    field.fill("U")
    page.clock.fast_forward(2000)
    assert field.evaluate(DESCRIBED) == described
    expect(told).to_have_text("")
    expect(page.get_by_text("encore 4 999 caractères possibles")).to_be_hidden()
    field.fill("é" * 4900)
    page.clock.fast_forward(2000)

    assert field.evaluate(DESCRIBED) == described
    expect(told).to_have_text("encore 100 caractères possibles")
    expect(page.locator("[aria-hidden=true].limit:visible")).to_have_count(1)
    page.context.close()


def test_form_is_not_invalid_before_a_word_is_typed(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.goto(FORM)

    assert not page.locator("[data-form]").evaluate("form => form.matches(':invalid')")
    expect(page.get_by_label("À quel titre répondez-vous")).to_have_attribute(
        "aria-required", "true"
    )
    page.context.close()


def test_buttons_that_show_a_definition_whole_are_told_apart(browser, site):
    page = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    page.goto(FORM)
    names = page.get_by_role("button", name="Lire la suite").all_inner_texts()

    assert len(names) == len(set(names)) > 1
    page.context.close()
