"""Subprocess of bounded memory and time that opens an untrusted file, one at a time.

A file of a few kilobytes may ask for any amount of both; then this process dies, and no other.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore
from typing import Any

from consultation.imports import command
from consultation.reports.verification import comparison, file_text
from consultation.reports.verification.comparison import Comparison, Finding, Kind, Place
from consultation.reports.verification.file_text import Unreadable
from consultation.subprocesses import end_with

MEMORY = 256 << 20
_one_at_a_time = BoundedSemaphore(1)


@dataclass(frozen=True)
class Limits:
    """Seconds that a file may take, and that it may wait for another one."""

    seconds: int
    wait: float


OF_TEAM, OF_PUBLIC = Limits(120, 120), Limits(10, 2)


class Busy(Exception):
    """Another file is being read."""


@dataclass(frozen=True)
class Identity:
    """What a file says to be; `language` is empty where it does not say."""

    format: str
    report: int | None
    hashes: Sequence[str]
    language: str
    part: str = ""
    """As `numbers_of` names it; empty for the whole report."""


@dataclass(frozen=True)
class Original:
    """The file made again, as it is compared: see `comparison.compare`."""

    content: bytes
    places: Sequence[Place]
    numbers: Mapping[str, Any]
    openings: Sequence[str]


def identify(content: bytes, limits: Limits) -> Identity:
    """Return the identity that a file claims; raise `Unreadable` or `Busy`."""
    return Identity(**_run({"sent": content}, limits))


def compare(content: bytes, original: Original, limits: Limits) -> Comparison:
    """Return the differences between a file and the original; raise `Unreadable` or `Busy`."""
    made = _run({"sent": content, "original": original}, limits)
    findings = [Finding(**it | {"kind": Kind(it["kind"])}) for it in made["findings"]]
    return Comparison(findings, made["pages_read_only"])


def _run(request: Mapping[str, Any], limits: Limits) -> Any:
    if not _one_at_a_time.acquire(timeout=limits.wait):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603 - a module of ours
            command(__name__, os.getpid(), limits.seconds),
            input=pickle.dumps(request),
            capture_output=True,
            timeout=limits.seconds + 1,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(file_text.DAMAGED) from None
    finally:
        _one_at_a_time.release()
    if done.returncode:
        raise Unreadable(file_text.DAMAGED)
    made = json.loads(done.stdout)
    if refusal := made.get("refusal"):
        raise Unreadable(refusal)
    return made


def main(parent: int, seconds: int) -> None:
    """Answer the request on standard input, pickled by the process of that number, in JSON."""
    end_with(parent)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = pickle.load(sys.stdin.buffer)  # noqa: S301 - what our own process has written
    try:
        made = _answer(request["sent"], request.get("original"))
    except Unreadable as refusal:
        made = {"refusal": str(refusal)}
    json.dump(made, sys.stdout)


def _answer(content: bytes, original: Original | None) -> dict[str, Any]:
    sent = file_text.read(content)
    if original is None:
        carried = file_text.whole(sent.carried) or {}
        language = carried.get("language", sent.language)
        part = str(carried.get("part", ""))
        return asdict(Identity(sent.format, carried.get("report"), sent.hashes[:5], language, part))
    return asdict(compared(content, sent, original))


def compared(content: bytes, sent: file_text.Reading, original: Original) -> Comparison:
    """Return the differences, with those drawn on the pages of a PDF."""
    expected = file_text.read(original.content)
    places = original.places
    known = comparison.compare(sent, expected, places, original.numbers, original.openings)
    if sent.format != "pdf":
        return known
    files = (content, sent), (original.content, expected)
    return comparison.with_drawings(known, *files, places)
