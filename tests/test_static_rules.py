"""What no file of the project holds: a secret, or markup that nobody has vouched for."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from packaging.requirements import Requirement

from consultation.i18n import DEFAULT_LOCALE, OTHER_LOCALES, SHIPPED
from tests.sources import calls_of, names_of_calls, nodes_of, tree_of
from tests.translations import calls_in

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consultation"
# Where a text becomes markup that is not escaped again, and how often: each was read.
TRUSTED_MARKUP = {
    "accounts/forms.py": 1,  # formatted
    "documents/html.py": 1,  # our own style sheets
    "institutions/replies/views.py": 1,  # what a template of ours has escaped
    "invitations/mailings/forms.py": 1,  # formatted
    "plan/overview/value_texts.py": 6,  # formatted; a sentence of ours
    "documents/views.py": 1,  # what a template of ours has escaped
    "plan/overview/views.py": 1,  # what a template of ours has escaped
    "questionnaires/rounds/text_views.py": 1,  # set in French, and markup already
    "questionnaires/form/rendering.py": 1,  # what a template of ours has escaped
    "reports/views.py": 1,  # what a template of ours has escaped
    "responses/rights/views.py": 1,  # a macro of ours, made plain text
    "results/public/views.py": 2,  # what templates of ours have escaped
    "web/markdown.py": 4,  # what nh3 has cleaned
    "web/typography.py": 4,  # set in French, and markup already; an attribute of ours; formatted
}
# The rooms' only ways out of this machine: mail out and in, the name servers, and our own database.
NETWORK = {
    "socket", "ssl", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "http.client",
    "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "imap_tools", "dns.resolver",
    "xmlrpc.client",
}  # fmt: skip
MAY_LEAVE = {
    "inbox/collection/imap.py",
    "mail/domain_check/checks.py",
    "mail/domain_check/lookups.py",
    "mail/transport.py",
    "operations/doctor/checks.py",
    "operations/doctor/machine.py",
    "server/connection.py",
    "server/http_server.py",
    "server/processes.py",
}
DANGEROUS = {"eval", "exec", "compile", "__import__"}
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bxox[baprs]-\w{8,}|\bglpat-\w{15,}"
    r"|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\."  # a signed token
    r"|[\"'][\w-]{43}=[\"']"  # a key of Fernet, as our key files hold it
)
PASSWORD = re.compile(
    r"(?i)(?:passw(?:or)?d|secret|api_?key|mot_de_passe)\w*[\"']?\s*[:=]\s*"
    r"[\"'](?![^\"']*\.html[\"'])[^\"'\s{}<]{8,}[\"']"
)


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


CLOCKS = re.compile(r"(date(time)?\.(now|today|utcnow)|(clock_|clock\.)?now|ticks|time\.\w+)\(")


def modules_of_tests():
    return sorted((ROOT / "tests").rglob("*.py"))


def run_by_import(node):
    """Every node below one that runs as soon as the module is imported."""
    yield node
    waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    inner = [node.body] if isinstance(node, ast.Lambda) else getattr(node, "body", [])
    for child in ast.iter_child_nodes(node):
        if not (waits and child in inner):
            yield from run_by_import(child)


def test_no_module_of_tests_reads_the_clock_when_it_is_imported():
    """What it then holds is no longer so after midnight, or when the test begins."""
    read = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_of_tests()
        for node in run_by_import(tree_of(path))
        if isinstance(node, ast.Call) and CLOCKS.match(ast.unparse(node))
    ]

    assert read == []


def test_tests_wait_for_what_is_seen_instead_of_looking_once():
    """After a click, one look may still meet the page that is left."""
    looks = {"is_visible", "is_hidden"}
    once = [
        f"{path.name}: {name}"
        for path in modules_of_tests()
        for name in names_of_calls(path)
        if name in looks
    ]

    assert once == []


def test_only_the_profile_of_the_suite_says_how_long_an_example_may_take():
    own = re.compile(r"\bdeadline=|too_slow\b|list\(HealthCheck\)|\bderandomize=")
    using = {path.name for path in modules_of_tests() if own.search(path.read_text("utf-8"))}

    assert using == {"conftest.py", "test_static_rules.py"}
    assert (settings().deadline, settings().derandomize) == (None, True)
    assert HealthCheck.too_slow in settings().suppress_health_check


def tracked():
    """Every text file that is or is about to be committed, but those of a browser's library."""
    named = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, named):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".mo", ".png", ".svg", ".eml"):
            yield name, path.read_text("utf-8", "replace")


def test_markup_is_made_only_where_somebody_has_vouched_for_it():
    made = Counter(
        name_of(path) for path in modules() for name in names_of_calls(path) if name == "Markup"
    )

    assert made == TRUSTED_MARKUP


def test_first_letter_becomes_a_capital_without_a_change_to_the_others():
    """`capitalize` writes « Portugais du brésil »."""
    own = [name_of(path) for path in modules() if "capitalize" in set(names_of_calls(path))]
    filtered = re.compile(r"\|\s*(capitalize|title)\b")
    pages = (ROOT / "templates").rglob("*.*")

    assert own == []
    assert [it.name for it in pages if filtered.search(it.read_text("utf-8"))] == []


def test_no_text_is_run_as_code():
    run = [
        (name_of(path), node.func.id)
        for path in modules()
        for node in calls_of(path)
        if isinstance(node.func, ast.Name) and node.func.id in DANGEROUS
    ]

    assert run == []
    assert [
        name_of(path) for path in modules() if "render_template_string" in path.read_text()
    ] == []


def test_only_mail_its_checks_and_the_server_reach_the_network():
    reached = {
        name_of(path)
        for path in modules()
        for node in nodes_of(path)
        for imported in imported_by(node)
        if imported in NETWORK
    }

    assert reached - MAY_LEAVE == set()
    assert MAY_LEAVE - reached == set(), "the list names modules that need it no more"


def imported_by(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []


@pytest.mark.parametrize("name", ["config.local", ".env", "id_rsa"])
def test_search_for_secrets_finds_them(name):
    for secret in (
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "key = '" + "A" * 43 + "='",
        "AKIA" + "ABCDEFGHIJKLMNOP",
    ):
        assert SECRETS.search(f"{name}\n{secret}")
    assert PASSWORD.search("MAIL_PASSWORD" + " = 'correcthorse'")


def test_no_committed_file_holds_a_secret():
    assert [name for name, text in tracked() if SECRETS.search(text)] == []


def test_no_committed_file_but_a_test_holds_a_password():
    found = {
        name: PASSWORD.findall(text)
        for name, text in tracked()
        if not name.startswith("tests/") and PASSWORD.search(text)
    }

    assert found == {}


def test_nothing_asks_a_registry_for_this_project_by_its_name():
    """Nobody holds that name there: whoever took it would be installed in our place."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [told["dependencies"], *told["optional-dependencies"].values()]
    by_name = re.compile(
        rf"(?m)\bpip3? (?:install|download|wheel)\b.*[ '\"]{told['name']}(?![\w./-]).*$"
    )

    assert {Requirement(line).name for lines in lists for line in lines} & {told["name"]} == set()
    assert {name: by_name.findall(text) for name, text in tracked() if by_name.search(text)} == {}
    for wanted in (told["name"], f"'{told['name']}[ner]'", f"-c x {told['name']}==0.1"):
        assert by_name.search(f"pip install {wanted}")


def test_no_file_of_keys_or_of_a_database_is_committed():
    # Settings to fill in, no secret among them.
    model = "consultation/operations/deployment_files/consultation.env"
    kinds = {Path(name).suffix for name, _ in tracked() if name != model}

    assert kinds & {".pem", ".key", ".p12", ".pfx", ".env", ".sqlite", ".db", ".kdbx"} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "static").glob("*.js")), ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_or_keeps_what_is_read(path):
    text = path.read_text("utf-8")

    assert re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
        r"|indexedDB|__proto__|\.prototype\b",
        text,
    ) == []  # fmt: skip


def test_browser_stores_whether_keys_are_shortcuts_and_nothing_else():
    stored = lines_of_scripts("localStorage.set", "document.cookie")

    assert stored == {("moderation.js", 'localStorage.setItem(STORED, on ? "on" : "off");')}


def test_tab_keeps_a_form_that_one_asked_it_to_keep_and_nothing_else():
    kept = lines_of_scripts("sessionStorage.set", "sessionStorage[")

    # And what a colleague typed before the connection ended, until it is back in its form; and
    # when the tab was left by the quick exit, after which its forms come back empty.
    assert sorted(name for name, _line in kept) == ["exit.js", "form.js", "resume.js"]
    assert ("exit.js", "sessionStorage.setItem(LEFT_AT, Date.now());") in kept


def lines_of_scripts(*parts):
    return {
        (path.name, line.strip())
        for path in (ROOT / "static").glob("*.js")
        for line in path.read_text("utf-8").splitlines()
        if any(part in line for part in parts)
    }


def test_no_field_lets_a_browser_cut_what_is_pasted():
    pages = ((name, text) for name, text in tracked() if name.startswith("templates/"))
    cut = [name for name, text in pages if "maxlength" in text]

    assert cut == []


def test_no_text_is_translated_inside_an_f_string():
    """What takes texts out of modules does not look there before Python 3.12."""
    inside = [
        f"{name_of(path)}:{call.lineno}"
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.JoinedStr)
        for call in calls_in(node)
    ]

    assert inside == []


def test_what_opens_a_file_of_sqlite_closes_it():
    """`with` alone ends a transaction; the collector would close the file, and warn of it."""
    left_open = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in [*modules(), *modules_of_tests()]
        if path != PACKAGE / "operations" / "backups" / "content.py"  # its callers close it
        for node in calls_left_open(path)
    ]

    assert left_open == []


def calls_left_open(path):
    """Every call of `sqlite3.connect` whose result is not handed to `closing` at once."""
    if "connect" not in names_of_calls(path):
        return []
    calls = calls_of(path)
    closed = [id(it.args[0]) for it in calls if ast.unparse(it.func) == "closing"]
    return [
        it for it in calls if ast.unparse(it.func) == "sqlite3.connect" and id(it) not in closed
    ]


def plurals_in(nodes):
    """Lines of a module where a count chooses between two texts."""
    for node in nodes:
        if isinstance(node, ast.IfExp) and isinstance(node.test, ast.Compare):
            limit = node.test.comparators[0]
            is_count = isinstance(limit, ast.Constant) and limit.value in (1, 2)
            texts = [getattr(it, "value", None) for it in (node.body, node.orelse)]
            if is_count and all(isinstance(it, str) and it for it in texts):
                yield node.lineno


def test_plural_is_chosen_by_one_rule():
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in plurals_in(nodes_of(path))
    }

    assert found == set()


NO_LANGUAGE = ("_QUALIFIERS = ", '"elle", "elles", "en",')
"""How lines begin in which « en » is a French word."""


def test_no_line_of_code_names_a_language_but_french():
    tags = "|".join(OTHER_LOCALES)
    names = "|".join(it.french_name for it in SHIPPED.values() if it.tag != DEFAULT_LOCALE)
    named = re.compile(rf"""["'](?:{tags})["']|_(?:{tags})\b|« (?:{names}) »""")
    kinds = (("consultation", "py"), ("templates", "html"), ("templates", "txt"))
    paths = (path for folder, kind in kinds for path in (ROOT / folder).rglob(f"*.{kind}"))
    lines = [
        (path, line)
        for path in paths
        for line in path.read_text("utf-8").splitlines()
        if named.search(line) and not line.strip().startswith(NO_LANGUAGE)
    ]

    assert lines == []


def test_one_module_alone_chooses_the_language_by_babel():
    """Babel does not know the tags of all languages."""
    choosing = {
        path.relative_to(ROOT).as_posix()
        for folder in (PACKAGE, ROOT / "tests")
        for path in folder.rglob("*.py")
        if "force_" + "locale(" in path.read_text("utf-8")
    }

    assert choosing == {"consultation/web/locale.py"}


def tags_given_to_babel(path):
    """Lines where a function of Babel gets a locale that may be the tag of a language."""
    of_babel = {
        name.asname or name.name
        for node in nodes_of(path)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("babel")
        for name in node.names
    }
    for call in calls_of(path):
        if getattr(call.func, "id", "") in of_babel:
            given = [it.value for it in call.keywords if it.arg == "locale"]
            for it in given:
                is_known = isinstance(it, ast.Constant) or (
                    it.attr == "locale"
                    if isinstance(it, ast.Attribute)
                    else getattr(it, "id", "") in KNOWN_TO_BABEL
                )
                if not is_known:
                    yield call.lineno


KNOWN_TO_BABEL = ("babel_locale", "DEFAULT_LOCALE")
"""Names of what Babel has, beside an attribute: `Language.locale`."""


def test_babel_gets_the_locale_of_a_language_and_not_its_tag():
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in tags_given_to_babel(path)
    }

    assert found == set()


def test_count_that_chooses_between_two_texts_is_seen():
    tree = ast.parse("'le' if it.count < 2 else 'les'\n'' if n == 1 else 's'\nplural(n, 'a', 'b')")

    assert list(plurals_in(ast.walk(tree))) == [1]
