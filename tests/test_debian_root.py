"""Debian root: what it takes over from this machine, and what it has to let go of."""

import pytest

from tests.debian_root import mounted_under, source_lines

STANZA = """# Debian's own.
Types: deb
URIs: http://mirror.example/debian file:/usr/share/packages
Suites: trixie trixie-updates sid
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
"""


@pytest.mark.parametrize("release", ["trixie", "bookworm"])
def test_sources_are_those_of_this_machine_on_servers_for_the_release(release):
    assert source_lines(STANZA, "trixie", release) == [
        f"deb http://mirror.example/debian {release} main contrib",
        f"deb http://mirror.example/debian {release}-updates main contrib",
    ]


def test_sources_that_are_off_stay_off():
    assert source_lines(f"{STANZA}Enabled: no\n", "trixie", "trixie") == []


def test_mounts_below_a_folder_are_seen_whatever_its_name():
    mountinfo = (
        "42 27 0:39 / /tmp/a\\040root/proc rw,relatime - proc proc rw\n"
        "43 27 0:40 / /tmp/a\\040root2/dev rw,relatime - tmpfs tmpfs rw\n"
    )

    assert mounted_under("/tmp/a root", mountinfo) == ["/tmp/a root/proc"]
