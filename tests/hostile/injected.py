"""Texts that a database, a search, a template, a format or a terminal would read as orders."""

from tests.hostile.cases import drawn, of_text

QUOTES = ("'", '"', "`", "''", "\\'", "%27", "’", "＇", "ʼ", ")", "')", '"]', "$$", "\\", "/*")
ORDERS = (
    " OR 1=1", " OR 'a'='a", "; DROP TABLE response", " UNION SELECT token_hash FROM staff_session",
    " AND (SELECT count(*) FROM account) > 0", "; SELECT pg_sleep(9)",
    " || (SELECT sqlite_version())", " ORDER BY 99", "; ATTACH DATABASE '/tmp/x' AS x",
    "; COPY response TO PROGRAM 'id'", " LIKE '%'", " GLOB '*'", " ESCAPE '\\'", " NEAR(a b, 2)",
    " suggestions:a*", " ^a OR b NOT c", " {receipt_code}", " COLLATE NOCASE",
    " CASE WHEN 1=1 THEN 1 END", ", (SELECT 1)", " RETURNING *", "%_\\%_", " [1,2,3]",
    " id IN (1,2)", " ::int", " $1", " :name", " ?1",
)  # fmt: skip
ENDS = ("", " --", " -- -", " #", " /*", ";--\n", " OR '", " ;", "\\")


def queries(chance, count):
    """Pieces of statements behind whatever might close a string."""
    for quote, order, end in drawn(chance, count, QUOTES, ORDERS, ENDS):
        yield of_text("queries", f"l{quote}étape{order}{end}")


OPENINGS = (
    "{{ %s }}", "{%% %s %%}", "{# %s #}", "${%s}", "#{%s}", "<%%= %s %%>", "%%(%s)s", "{%s}",
    "{0.%s}", "{0!r:%s}", "%%%s", "${jndi:ldap://ailleurs.invalid/%s}", "$(%s)", "`%s`",
    "\x1b]0;%s\x07", "\x1b[31m%s\x1b[0m", "\r\nX-Injected: %s\r\n\r\n", "\nlevel=error event=%s",
    "[[%s]]", "<?php %s ?>",
)  # fmt: skip
INSIDES = (
    "7*7", "config", "self.__class__.__mro__", "request.environ", "cycler.__init__.__globals__.os",
    "s", "n", "n%n%n%n", "999999999d", "secret_key", "url_for.__globals__", "include '/etc/passwd'",
    "T(x)", "namespace()", "loop", "lipsum", "0", "'a'*9", "gettext('x')", "x|attr('__class__')",
    "%", "a.b[c]",
)  # fmt: skip


def templates(chance, count):
    """What templates, formats, shells, logs and terminals would fill in or obey."""
    for opening, inside in drawn(chance, count, OPENINGS, INSIDES):
        yield of_text("templates", f"Bonjour {opening % inside} !")
