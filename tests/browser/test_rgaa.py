"""What a machine finds of the criteria of RGAA on the ten audited pages, as the site ships it.

`python -m pytest tests/browser/test_rgaa.py --rewrite-rgaa` writes what is compared, to be read.

axe says by its tags which test of RGAA each of its rules belongs to (dequelabs/axe-core#4850).  A
defect that it sees always counts.  That it sees none decides only the criteria of `WHOLE`: its
rules look at a part of the others.  What axe has no rule for is measured here.
"""

import re
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from consultation.questionnaires.models import Round
from consultation.web.site import accessibility_statement
from consultation.web.site.accessibility_statement import MACHINE
from tests.browser.axe import LOOKS, OPEN_ALL
from tests.browser.test_reading_conditions import LOST, SPACED
from tests.browser.widths import ENLARGE, WIDER
from tests.results.public.test_results_pages import quote
from tests.results.publishing_builders import answer_many, publish

GRID = accessibility_statement.shipped()
FORM = "/mesures/T4/contribuer"
ADDRESSES = {
    "accueil": "/", "liste": "/mesures", "mesure": "/mesures/T7", "formulaire": FORM,
    "resultats": "/resultats/T7", "plan": "/plan", "aide": "/aide",
    "donnees": "/donnees-personnelles", "accessibilite": "/accessibilite",
}  # fmt: skip
"""All but the receipt, which comes after the form."""
HEAD = """# What a machine finds on the audited pages, by number of criterion: written by
# `python -m pytest tests/browser/test_rgaa.py --rewrite-rgaa`, which also holds it.
"""
WHOLE = {"1.1", "2.1", "3.2", "6.2", "8.3", "8.4", "8.5", "11.1"}
"""Criteria that the rules of axe decide, each about what any machine can see.

Images, frames, links and fields have a name; text contrasts; language and title are there.
"""
CORRECTED = {"aria-hidden-body": "10.8", "aria-hidden-focus": "10.8", "valid-lang": "8.8"}
"""Rules that axe 4.11.0 placed elsewhere (dequelabs/axe-core#4926), mended since (#4935)."""
LEFT_OUT = {"bypass"}
"""Rules that ask for something else than the criterion they are placed at.

A page with landmarks satisfies this one, while 12.7 asks for a link.
"""
AXE = {
    "runOnly": {"type": "tag", "values": ["RGAAv4"]},
    "resultTypes": ["violations", "incomplete"],
}
RUN = """options => axe.run(options).then(result => ["violations", "incomplete", "passes"].flatMap(
  kind => result[kind].map(rule => [kind, rule.id, rule.tags])).concat(
  result.inapplicable.map(rule => ["inapplicable", rule.id, rule.tags])))"""
APPLIES = {
    "iframe, frame": ("2.1", "2.2"),
    "audio, video, object, embed": [f"4.{number}" for number in range(1, 14)],
    "table": [f"5.{number}" for number in range(1, 9)],
    "script": [f"7.{number}" for number in range(1, 6)],
    "input:not([type=hidden], [type=submit], [type=button]), select, textarea": [
        f"11.{number}" for number in range(1, 14) if number != 9
    ],
    "button, input[type=submit], input[type=button], [role=button]": ("11.9",),
}
"""Without which elements of a page a criterion does not apply to it."""
HAS_TYPE = "document.doctype?.name === 'html' && document.compatMode === 'CSS1Compat'"
ADD_SPACE = f"""() => {{
  const sheet = new CSSStyleSheet(); sheet.replaceSync(`{SPACED}`);
  document.adoptedStyleSheets = [sheet];
}}"""
NO_SPACE = "() => { document.adoptedStyleSheets = []; }"
WORST = ("failed", "unsure", "met", "absent")


def judged_by_axe(page):
    """The findings of axe by criterion, in both looks: the worst of its rules."""
    findings = {}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for kind, rule, tags in page.evaluate(RUN, AXE):
            for number in () if rule in LEFT_OUT else criteria_of(tags):
                findings.setdefault(number, set()).add(finding_of(kind))
    worst = {number: min(each, key=WORST.index) for number, each in findings.items()}
    return {
        number: finding
        for number, finding in worst.items()
        if finding == "failed" or (finding != "unsure" and number in WHOLE)
    }


def criteria_of(tags):
    """The criteria that a rule belongs to, by its tags of the form RGAA-1.1.2."""
    return {match[1] for tag in tags if (match := re.match(r"RGAA-(\d+\.\d+)\.", tag))}


def finding_of(kind):
    return {
        "violations": "failed", "incomplete": "unsure", "passes": "met", "inapplicable": "absent"
    }[kind]  # fmt: skip


def is_whole(page, width, percent=100, is_spaced=False):
    """Whether nothing is cut, covered or pushed sideways, with text that large or spaced out."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(ENLARGE, percent)
    page.evaluate(ADD_SPACE if is_spaced else NO_SPACE)
    lost = [*page.evaluate(LOST), *filter(None, [page.evaluate(WIDER)])]
    page.evaluate(ENLARGE, 100)
    page.evaluate(NO_SPACE)
    return not lost


def measured(page):
    """What axe has no rule for: the type (dequelabs/axe-core#5317), large, narrow and spaced."""
    checks = {
        "8.1": page.evaluate(HAS_TYPE),
        "10.4": is_whole(page, 1280, percent=200),
        "10.11": is_whole(page, 320),
        "10.12": is_whole(page, 390, is_spaced=True) and is_whole(page, 1280, is_spaced=True),
    }
    absent = {
        number: "absent"
        for selector, numbers in APPLIES.items()
        if not page.locator(selector).count()
        for number in numbers
    }
    return absent | {number: "met" if is_met else "failed" for number, is_met in checks.items()}


def look(page):
    """All that the machine finds of the page that is open, by criterion."""
    page.wait_for_load_state()
    page.evaluate(OPEN_ALL)
    page.evaluate(AXE_SCRIPT)
    return judged_by_axe(page) | measured(page)


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def publish_results(session):
    """Figures and texts of a measure, once the site is at rest."""
    opened = session.query(Round).one()
    for number in range(14):
        quote(session, opened, f"Un texte publié, le numéro {number}.", measure="T7")
    stance, notes = ("T7.1", "stance"), ("T7.1", "relevance")
    answer_many(
        session, opened, "T7",
        (9, {stance: "keep", notes: 8}, {"capacity": "justice"}),
        (7, {stance: "drop", notes: 2}, {"capacity": "police", "territory": "corse"}),
    )  # fmt: skip
    publish(session, opened)


def open_receipt(page):
    page.goto(FORM)
    page.get_by_label("À quel titre répondez-vous").select_option("citizen")
    page.get_by_label("Que souhaitez-vous ajouter").fill("Rien de plus.")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.wait_for_url("**/recu/**")


def written(version, findings):
    """The file of the package that holds what was found."""
    lines = [HEAD, f'axe = "{version}"']
    for name, found in findings.items():
        lines += ["", f"[pages.{name}]"]
        for finding in ("met", "failed", "absent"):
            numbers = sorted(
                (number for number in found if found[number] == finding),
                key=lambda number: [int(part) for part in number.split(".")],
            )
            lines.append(f'{finding} = "{" ".join(numbers)}"')
    return "\n".join(lines) + "\n"


@pytest.mark.looks
def test_shipped_findings_of_the_machine_are_those_of_today(page, session, request):
    page.goto("/resultats")
    publish_results(session)
    findings = {}
    for audited in GRID.pages:
        if audited.name in ADDRESSES:
            assert page.goto(ADDRESSES[audited.name]).status == 200, audited.name
        else:
            open_receipt(page)
        findings[audited.name] = look(page)
    version = page.evaluate("axe.version")
    if request.config.getoption("rewrite_rgaa"):
        Path(MACHINE).write_text(written(version, findings), "utf-8")

    assert MACHINE.read_text("utf-8") == written(version, findings)


@pytest.fixture
def empty(browser):
    """A page of no site, with axe in it."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>Rien</title><main>Rien.</main>")
    page.evaluate(AXE_SCRIPT)
    yield page
    page.close()


def test_axe_has_the_tags_of_rgaa_where_they_belong(empty):
    tags = dict(empty.evaluate("axe.getRules(['RGAAv4']).map(rule => [rule.ruleId, rule.tags])"))
    known = {number for rule in tags.values() for number in criteria_of(rule)}

    assert {rule: criteria_of(tags[rule]) for rule in CORRECTED} == {
        rule: {number} for rule, number in CORRECTED.items()
    }
    assert known <= set(GRID.numbers)
    assert known >= WHOLE
    assert tags.keys() >= LEFT_OUT


DEFECTS = [
    ("main => { main.append(document.createElement('textarea')) }", {"11.1"}),
    ("main => { main.style.width = '350px' }", {"10.11"}),
    ("main => { main.style.width = '50rem' }", {"10.4", "10.11", "10.12"}),
    ("main => { main.style = 'height: 1.3em; overflow: hidden' }", {"10.12"}),
    ("() => { document.doctype.remove() }", {"8.1"}),
]
"""What is done to a page, one after the other, and the criteria that it then fails."""


def test_defect_of_a_page_fails_its_criteria(empty):
    assert failed(look(empty)) == {"8.3"}  # the page of the test says no language
    empty.locator("main").evaluate(DEFECTS[0][0])
    assert failed(look(empty)) == {"8.3"} | DEFECTS[0][1]
    empty.locator("main").evaluate("main => main.replaceChildren('Rien.')")
    for defect, numbers in DEFECTS[1:]:
        empty.locator("main").evaluate(defect)
        assert failed(measured(empty)) == numbers
        empty.locator("main").evaluate("main => main.removeAttribute('style')")


def failed(findings):
    return {number for number, finding in findings.items() if finding == "failed"}
