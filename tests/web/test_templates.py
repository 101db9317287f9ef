"""Templates: every one that is named exists, and no other."""

import re
from pathlib import Path

from consultation import app as wiring

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
IN_A_FOLDER = re.compile(r"""["']((?:[a-z_]+/)+(?:[a-z_]+\.(?:html|svg)|feed\.xml))["']""")
AT_THE_TOP = re.compile(r'(?:extends|include|import|from) "([a-z_]+\.html)"')


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
