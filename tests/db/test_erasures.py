"""The list of what was erased for good: whole lines, whatever happens to the disk."""

import resource

import pytest

from consultation.clock import now
from consultation.db import erasure_log
from consultation.responses.rights import erasure


@pytest.fixture(autouse=True)
def known_kinds():
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


def test_a_full_disk_leaves_no_half_line(tmp_path, room_for):
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
