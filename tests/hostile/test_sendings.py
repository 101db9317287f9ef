"""Ten thousand sendings that nobody should be able to harm anything with, all along their way."""

import re
import time
from collections import Counter

import pytest

from consultation.spreadsheets.cells import SEPARATORS, begins_formula, undo
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format
from tests.exports.reading import csv_of
from tests.hostile import canonical
from tests.hostile.alive import alive_in, read_page
from tests.hostile.cases import SEED, Outcome
from tests.hostile.drawing import all_cases
from tests.hostile.site import site
from tests.hostile.walking import is_as_expected, walk
from tests.mail.smtp_server import SmtpSink

pytestmark = pytest.mark.timeout(1200)
GATE, LONG = (40, 5), (1, 4)
"""One in so many of ten thousand is sent, and one in so many of those has its own pages read."""

LINES = ("organisation", "name", "missing_source")
TEXTS = ("suggestions", "missing_indicator")
CANARY = re.compile(r"zq[0-9]{5}k")
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


@pytest.fixture(scope="module")
def walked(request, tmp_path_factory, databases, keys_dir, certificate_authority):
    """Every sending of the run, sent and followed; the tests below look at what was seen."""
    part, every = LONG if request.config.getoption("run_long") else GATE
    folder = tmp_path_factory.mktemp("hostile")
    sink = SmtpSink(folder, certificate_authority)
    cases = all_cases(part)
    with site(folder, databases, keys_dir, **sink.settings) as running:
        start = time.perf_counter()
        found = walk(running, sink, cases, every, folder / "exports")
        print(f"\n{len(cases)} sendings, seed {SEED}, {time.perf_counter() - start:.1f} s")
        yield found
    sink.stop()


def test_no_sending_makes_the_site_fail(walked, recorded):
    failed = [answer.path for answer in walked.answers if answer.status >= 500]
    incidents = [line for line in walked.log.splitlines() if "incident" in line]

    recorded(
        "Hostile inputs, failures of the site", f"{len(failed)}/{len(walked.sent)}, seed {SEED}"
    )
    assert failed == []
    assert incidents == []
    assert "Traceback" not in walked.log


def test_each_sending_comes_to_what_it_has_to_come_to(walked):
    wrong = [
        (case.kind, case.typed, answer.status)
        for case, answer, kept in walked.cases()
        if not is_as_expected(case, answer, kept)
    ]

    assert wrong == []
    assert {case.outcome for case, *_ in walked.cases()} == set(Outcome)


def test_nobody_s_honest_words_are_refused(walked, recorded):
    ham = [(case, answer) for case, answer, _kept in walked.cases() if case.kind == "ham"]
    refused = [case.typed for case, answer in ham if answer.status != 303]

    recorded("Hostile inputs, honest words refused", f"{len(refused)}/{len(ham)}")
    assert refused == []


def expected_of(case):
    """What is to be stored of a sending, by question: what was typed after the text rule."""
    found = {}
    for question, typed in case.fields().items():
        if question in TEXTS:
            found[question] = canonical.text(typed)
        elif question in LINES and typed is not None:
            found[question] = canonical.line(typed)
        elif question in ("means", "scale") and isinstance(typed, list):
            found[question] = list(dict.fromkeys(code for code in typed if code))
        else:
            found[question] = typed
    return found | case.expected


def is_kept(question, expected, kept):
    found = kept.answers.get(question)
    if question == "scale" and isinstance(found, float):
        found = f"{found:.0f}"
    if question in ("scale", "means", "standing") and isinstance(found, list | str):
        expected = expected if isinstance(expected, list) else [expected]
        return set(expected) == set(found if isinstance(found, list) else [found])
    return (found or None) == (expected or None)


def test_what_is_stored_is_what_was_typed_after_the_text_rule(walked, recorded):
    changed, count = [], 0
    for case, _answer, kept in walked.cases(Outcome.STORED):
        count += 1
        for question, expected in expected_of(case).items():
            if not is_kept(question, expected, kept):
                changed.append((case.kind, question, expected, kept.answers.get(question)))

    recorded("Hostile inputs, stored as sent", f"{count - len(changed)}/{count}")
    assert changed == []


def test_no_page_runs_or_loads_anything_that_was_sent(walked):
    alive = {
        (station, answer.path, found[0])
        for station, pages in walked.pages.items()
        for _case, answer in pages
        if (found := read_page(answer.text, walked.address)[0])
    }

    assert all(walked.pages.values())
    assert {answer.status for pages in walked.pages.values() for _case, answer in pages} == {200}
    assert alive == set()


def test_team_reads_each_text_as_it_was_sent(walked):
    other = [
        (case.kind, canonical.text(case.fields()["suggestions"]))
        for case, answer in walked.pages["detail"]
        if (canonical.text(case.fields()["suggestions"]) or "") not in read_page(answer.text)[1]
    ]

    assert other == []


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_no_workbook_calculates_or_opens_anything_that_was_sent(walked, recorded, format):
    alive = alive_in(walked.workbooks[format])

    recorded(f"Hostile inputs, formulas in {format.value}", len(alive))
    assert alive == []


def texts_by_question(rows):
    """The texts of the sheet *Textes*, parts joined, by receipt and question."""
    header, *lines = rows
    receipt, code = header.index("Numéro de dépôt"), header.index("Question (code)")
    parts = [
        place for place, name in enumerate(header) if re.match(r"Texte( \(suite|$)", str(name))
    ]
    return {
        (line[receipt], line[code]): "".join(str(line[part] or "") for part in parts)
        for line in lines
    }


@pytest.mark.parametrize("format", list(Format))
def test_each_text_reads_back_from_a_workbook_as_it_was_sent(walked, format):
    path = walked.workbooks[format]
    if format is Format.CSV:
        rows = [[undo(cell) for cell in row] for row in csv_of(path)["Textes"]]
    else:
        rows = read_workbook(path).sheets["Textes"]

    found = texts_by_question(rows)
    expected = {
        (kept.receipt_code, question): kept.answers[question]
        for _case, _answer, kept in walked.cases(Outcome.STORED)
        for question in (*TEXTS, "missing_source")
        if question in kept.answers
    }
    other = {
        key: (text, found.get(key)) for key, text in expected.items() if found.get(key) != text
    }
    assert other == {}
    assert len(found) == len(expected)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_cell_of_a_csv_begins_a_formula_whatever_the_separator(walked, separator):
    begun = [
        cell
        for rows in csv_of(walked.workbooks[Format.CSV], separator).values()
        for row in rows
        for cell in row
        if begins_formula(cell) and not cell.startswith("'") and not NUMBER.fullmatch(cell)
    ]

    assert begun == []


def test_each_address_gets_one_mail_and_none_says_what_was_sent(walked, recorded):
    given = [kept.answers["email"] for _case, _answer, kept in walked.cases(Outcome.STORED)]
    written_to = Counter(mail.recipients for mail in walked.mails)
    bodies = [mail.content.partition(b"\r\n\r\n")[2].decode() for mail in walked.mails]
    told = [body for body in bodies if CANARY.search(body)]

    recorded(
        "Hostile inputs, mails that arrived",
        f"{len(walked.mails)}/{len(list(filter(None, given)))}",
    )
    assert len(written_to) == len(walked.mails) == len(set(filter(None, given)))
    assert {len(recipients) for recipients in written_to} == {1}
    assert told == []


def test_no_log_says_anything_that_was_sent(walked):
    keys = [key for _case, key, _answer in walked.sent if key]

    assert walked.log.count("mail sent") == len(walked.mails)
    assert CANARY.findall(walked.log) == []
    assert [key for key in keys if key in walked.log] == []
    assert re.findall(r"127\.0\.0\.1|@|/recu|/contributions", walked.log) == []


def test_answers_come_soon(walked, recorded):
    took = sorted(answer.seconds for answer in walked.answers)

    p99 = took[len(took) * 99 // 100]
    recorded(
        "Hostile inputs, time to answer",
        f"p99 {p99 * 1000:.0f} ms · longest {took[-1] * 1000:.0f} ms · of {len(took)}",
    )
    assert took[-1] < 30  # how long is said above: this one only sees that none hangs
