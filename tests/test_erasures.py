"""The list of what was erased for good: whole lines, whatever happens to the disk."""

import resource

import pytest

from consultation import erasures
from consultation.clock import now
from consultation.responses import forgetting


@pytest.fixture(autouse=True)
def known_kinds():
    erasures.register_replay(forgetting.KIND, forgetting.replay)


@pytest.fixture
def room_for():
    """Leave room for so many bytes in a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def note(home, *links):
    erasures.note(home, forgetting.KIND, now(), links=links)


def links(home):
    return [entry["links"] for entry in erasures.read(home / erasures.NAME)]


def test_a_full_disk_leaves_no_half_line(tmp_path, room_for):
    note(tmp_path, "a")
    size = (tmp_path / erasures.NAME).stat().st_size

    room_for(size + 20)
    with pytest.raises(OSError, match="too large"):
        note(tmp_path, "b")
    left = (tmp_path / erasures.NAME).stat().st_size
    room_for(1_000_000)
    note(tmp_path, "c")

    assert left == size
    assert links(tmp_path) == [["a"], ["c"]]


def test_after_a_line_that_a_power_cut_has_ended_the_next_is_on_its_own(tmp_path):
    note(tmp_path, "a")
    with (tmp_path / erasures.NAME).open("a") as file:
        file.write('{"kind": "respond')
    note(tmp_path, "b")

    with pytest.raises(erasures.ListDamaged, match="La ligne 2 de"):
        links(tmp_path)

    lines = (tmp_path / erasures.NAME).read_text().splitlines(keepends=True)
    (tmp_path / erasures.NAME).write_text(lines[0] + lines[2])
    assert links(tmp_path) == [["a"], ["b"]]
