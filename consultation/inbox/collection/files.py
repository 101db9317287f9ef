"""Mail files: reads .eml, mbox and maildir, in any folder."""

import os
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

from consultation.inbox.parsing.message import LARGEST_MESSAGE

LONGEST_LINE = 1_000_000
_SEPARATOR = re.compile(rb"From (?:\r?\n|.*\d\d:\d\d)")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named, and those in the folders named, always in the same order."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (Path(folder) / name for name in sorted(names))


def messages(path: Path) -> Iterator[bytes] | None:
    """Return the messages of a file, or None when it is no file of mail; raise OSError.

    A message that is too large is cut at `LARGEST_MESSAGE`, by which the parser refuses it.
    """
    if not path.is_file():
        return None
    with path.open("rb") as file:
        is_mbox = _begins_mbox(file.readline(1000))
    if is_mbox:
        return _of_mbox(path)
    if path.suffix.lower() == ".eml" or path.parent.name in ("cur", "new"):
        return iter((_of_file(path),))
    return None


def uploaded_messages(name: str, content: bytes) -> Iterator[bytes] | None:
    """Return the messages of an uploaded file, None when it is no file of mail; on no disk."""
    if _begins_mbox(content.partition(b"\n")[0][:1000] + b"\n"):
        return _in_mbox(BufferedReader(BytesIO(content)))
    return iter((content[:LARGEST_MESSAGE],)) if name.lower().endswith(".eml") else None


def _begins_mbox(line: bytes) -> bool:
    return _SEPARATOR.match(line) is not None


def _of_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_MESSAGE)


def _of_mbox(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _in_mbox(file)


def _in_mbox(file: BufferedReader) -> Iterator[bytes]:
    """Yield the messages of an mbox; only one at a time is in memory."""
    file.readline()
    while file.peek(1):
        yield _next(file)


def _next(file: BinaryIO) -> bytes:
    """Return the lines up to the next separator, as far as a message may go."""
    lines: list[bytes] = []
    length, is_after_blank = 0, False
    for line in iter(lambda: file.readline(LONGEST_LINE), b""):
        if is_after_blank and _SEPARATOR.match(line):
            break
        is_after_blank = not line.strip(b"\r\n")
        if length < LARGEST_MESSAGE:
            lines.append(line)
            length += len(line)
    return _QUOTED_FROM.sub(rb"\1", b"".join(lines))
