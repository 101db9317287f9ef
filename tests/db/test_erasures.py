"""The list of what was erased for good: whole lines, whatever happens to the disk."""

import json
import resource

import pytest

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db import erasure_log
from consultation.responses.rights import erasure

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def known_kinds(keys_dir):
    keyring.load(keys_dir)
    erasure_log.register_replay(erasure.KIND, erasure.replay)


@pytest.fixture
def room_for():
    """Leave room for so many bytes in a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def note(home, *links):
    erasure_log.note(home, erasure.KIND, now(), links=links)


def links(home):
    return [entry["links"] for entry in erasure_log.read(home / erasure_log.NAME)]


def test_full_disk_leaves_no_half_line(tmp_path, room_for):
    note(tmp_path, "a")
    size = (tmp_path / erasure_log.NAME).stat().st_size

    room_for(size + 20)
    with pytest.raises(OSError, match="too large"):
        note(tmp_path, "b")
    left = (tmp_path / erasure_log.NAME).stat().st_size
    room_for(1_000_000)
    note(tmp_path, "c")

    assert left == size
    assert links(tmp_path) == [["a"], ["c"]]


def test_after_a_line_that_a_power_cut_has_ended_the_next_is_on_its_own(tmp_path):
    note(tmp_path, "a")
    with (tmp_path / erasure_log.NAME).open("a") as file:
        file.write('{"kind": "respond')
    note(tmp_path, "b")

    with pytest.raises(erasure_log.ListDamaged, match="La ligne 2 de"):
        links(tmp_path)

    lines = (tmp_path / erasure_log.NAME).read_text().splitlines(keepends=True)
    (tmp_path / erasure_log.NAME).write_text(lines[0] + lines[2])
    assert links(tmp_path) == [["a"], ["b"]]


@pytest.fixture
def lines(tmp_path):
    """Five lines: two of an earlier version, which signed none, and three of now."""
    old = [{"kind": erasure.KIND, "at": now().isoformat(), "links": [it]} for it in "ab"]
    path = tmp_path / erasure_log.NAME
    path.write_text("".join(json.dumps(entry) + "\n" for entry in old))
    for link in "cde":
        note(tmp_path, link)
    return path.read_text().splitlines(keepends=True)


FORGED = (
    json.dumps({"kind": "respondent", "at": "2026-11-30T00:00:00+00:00", "links": ["x"]}) + "\n"
)
CHANGES = {
    "a line changed": (lambda it: [*it[:3], it[3].replace('"d"', '"x"'), it[4]], "La ligne 4 de"),
    "a line removed": (lambda it: [*it[:3], it[4]], "La ligne 4 de"),
    "a line of an earlier version changed": (
        lambda it: [it[0].replace('"a"', '"x"'), *it[1:]], "La ligne 3 de",
    ),
    "a line of an earlier version removed": (lambda it: it[1:], "La ligne 2 de"),
    "a line without a signature added": (lambda it: [*it, FORGED], "La ligne 6 de"),
    "the same in the middle": (lambda it: [*it[:3], FORGED, *it[3:]], "La ligne 4 de"),
    "one before all others": (lambda it: [FORGED, *it], "La ligne 4 de"),
    "two lines in another order": (
        lambda it: [*it[:2], it[3], it[2], it[4]], "Les lignes 3, 4, 5 de",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_erasure_list_changed_outside_the_site_is_told_by_its_line(tmp_path, lines, change):
    path = tmp_path / erasure_log.NAME
    make, says = CHANGES[change]
    before = erasure_log.refusal(path)
    path.write_text("".join(make(lines)))

    assert before == ""
    assert says in erasure_log.refusal(path)


def test_line_ended_by_a_power_cut_may_be_taken_out_of_a_signed_list(tmp_path, lines):
    path = tmp_path / erasure_log.NAME
    with path.open("a") as file:
        file.write('{"kind": "respond')
    note(tmp_path, "f")
    with_it = erasure_log.refusal(path)
    torn = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*torn[:5], *torn[6:]]))

    assert (with_it, erasure_log.refusal(path)) == ("", "")
    assert links(tmp_path)[-1] == ["f"]


def test_sealed_erasure_list_is_good_until_it_is_changed_again(tmp_path, lines):
    path = tmp_path / erasure_log.NAME
    path.write_text("".join([FORGED, *lines[:3], lines[4]]))
    erasure_log.seal(tmp_path, now())
    note(tmp_path, "f")
    sealed = path.read_text()

    assert erasure_log.refusal(path) == ""
    assert links(tmp_path) == [["x"], ["a"], ["b"], ["c"], ["e"], ["f"]]
    path.write_text(sealed.replace('"b"', '"y"'))
    assert "ne se vérifient pas" in erasure_log.refusal(path)


def test_list_of_another_site_does_not_verify(tmp_path, lines, monkeypatch):
    monkeypatch.setitem(keyring._keys, "index_key", ["another"])

    assert "Les lignes 3, 4, 5 de" in erasure_log.refusal(tmp_path / erasure_log.NAME)
