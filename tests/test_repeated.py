"""Which tests may be left out on PostgreSQL: those that send nothing new, and no others."""

from functools import cache

from tests import repeated

SECONDS = {"cheap": 0.2, "dear": 2.0}


def test_statement_is_left_to_as_many_tests_as_are_enough():
    sent = {f"test_{number}": {"select"} for number in range(5)}

    assert len(repeated.needed(sent, {})) == repeated.ENOUGH


def test_statement_of_few_tests_keeps_them_all():
    assert repeated.needed({"one": {"a"}, "two": {"a", "b"}, "none": set()}, {}) == {"one", "two"}


def test_cheaper_tests_are_kept(monkeypatch):
    monkeypatch.setattr(repeated, "ENOUGH", 1)

    assert repeated.needed({"dear": {"a"}, "cheap": {"a"}}, SECONDS) == {"cheap"}


def test_where_threads_or_servers_meet_no_test_is_left_out():
    assert [
        name for name in repeated.FILE.read_text("utf-8").split() if repeated.has_others(name)
    ] == []
    assert repeated.has_others("tests/jobs/test_queue.py::test_any")
    assert repeated.has_others("tests/faults/test_kill.py::test_any")
    assert not repeated.has_others("tests/mail/test_snapshots.py::test_any")


def test_names_that_are_kept_are_those_of_tests():
    """A test that was renamed would run again, unseen."""
    root = repeated.FILE.parent.parent
    text_of = cache(lambda file: (root / file).read_text("utf-8"))

    kept = [name.split("::") for name in repeated.FILE.read_text("utf-8").split()]

    assert [name for name in kept if f"def {name[-1]}(" not in text_of(name[0])] == []
