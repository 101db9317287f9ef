"""Templates: every one that is named exists, and no other; their lines can be read."""

import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import Environment

from consultation import app as wiring

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
LETTERS = TEMPLATES / "mail" / "messages"
IN_A_FOLDER = re.compile(r"""["']((?:[a-z_]+/)+(?:[a-z_]+\.(?:html|svg)|feed\.xml))["']""")
AT_THE_TOP = re.compile(r'(?:extends|include|import|from) "([a-z_]+\.html)"')
LONGEST_LINE = 120
LONG_TEXT = 100
BESIDE_IT = 40
SENTENCE = "mot " * 40


def named():
    places = [*(ROOT / "consultation").rglob("*.py"), *TEMPLATES.rglob("*")]
    texts = [path.read_text("utf-8") for path in places if path.is_file()]
    names = (pattern.findall(text) for text in texts for pattern in (IN_A_FOLDER, AT_THE_TOP))
    return {name for names in names for name in names}


def those_that_are_there(folder=TEMPLATES):
    return {path.relative_to(TEMPLATES).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_templates_that_are_named_can_be_compiled(app):
    names = named()

    assert len(names) > 100
    assert all(app.jinja_env.get_template(name) for name in names)


def test_templates_are_named_or_letters():
    unnamed = those_that_are_there() - named()

    assert {name for name in unnamed if not name.startswith("mail/")} == set()


def test_letters_are_those_of_the_kinds_of_mail():
    texts = {Path(name) for name in those_that_are_there() if name.endswith(".txt")}

    assert {path.stem for path in texts} == {kind.template for kind in wiring.MESSAGE_KINDS}
    assert {path.with_suffix(".html").as_posix() for path in texts} <= those_that_are_there()


def test_lines_of_templates_are_short():
    """Letters left out: their lines are those of the mail."""
    paths = [it for it in TEMPLATES.rglob("*.*") if LETTERS not in it.parents]

    assert len(paths) > 200
    assert {it.name: found for it in paths if (found := long_lines(it.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    ("line", "is_long"),
    [
        (f"<p>{SENTENCE[:113]}</p>", False),
        (f"<p>{SENTENCE[:114]}</p>", True),
        (f'<p>{{{{ _("{SENTENCE}") }}}}</p>', False),
        (f'<p>{{{{ _("{SENTENCE}") }}}} <a class="button" href="/">Lire</a></p>', True),
        (f'<p>{{{{ _("{SENTENCE[:80]}") }}}} {SENTENCE[:25]}</p>', True),
    ],
)
def test_line_is_long_unless_one_text_makes_it_so(line, is_long):
    assert bool(long_lines(f"\n{line}\n")) is is_long


def long_lines(source):
    """The numbers of lines that are too long, but for a text that catalogues name as a whole."""
    texts = defaultdict(int)
    for number, kind, value in Environment().lex(source):
        if kind == "string":
            texts[number] = max(texts[number], len(value))
    return [
        number
        for number, line in enumerate(source.split("\n"), 1)
        if len(line) > LONGEST_LINE
        and (texts[number] < LONG_TEXT or len(line) - texts[number] > BESIDE_IT)
    ]


def test_texts_with_marks_say_their_language():
    """`local` texts can be marked by `in_its_language`; of Markdown, the element around it says it.

    A voice would read the French of a hint as Arabic.
    """
    unmarked = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in TEMPLATES.rglob("*.html")
        for number, (before, line) in enumerate(pairwise(["", *lines_of(path)]), 1)
        if re.search(r"\| rich(_line)?\b", line) and "lang_of(" not in before + line
    ]

    assert unmarked == []


def lines_of(path):
    return path.read_text("utf-8").splitlines()
