"""Verification of a file that the site made of a report: which of its numbers still stand.

The numbers that a PDF or DOCX carries are compared with the published edition, and what can be
read in it with what the site would write today.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any

from consultation.documents import docx_parts
from consultation.documents.pdf import NUMBERS
from consultation.i18n import LOCALES
from consultation.imports import load
from consultation.reports.build import FORMAT, Passage
from consultation.web.typography import french

_BLANKS = re.compile(r"[\s\u200b\u00ad]+")


class NotOurs(Exception):
    """The file carries no numbers of a report; the message says what to do, in French."""


class NumberState(StrEnum):
    """What became of a number of a file."""

    INTACT = "intact"
    ATTACHED_OTHERWISE = "attached_otherwise"
    """The numbers that the file carries are not those that were published."""
    PRINTED_OTHERWISE = "printed_otherwise"
    """What can be read is not what the site wrote."""


@dataclass(frozen=True)
class SentReport:
    """What a file has: the numbers that it carries, and its text without blanks."""

    numbers: Mapping[str, Any]
    text: str

    @property
    def number(self) -> int:
        """The number of the edition that it says to be."""
        return int(self.numbers["report"])

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return str(self.numbers["language"])

    @property
    def hash(self) -> str:
        """The SHA-256 of the edition that it says to be."""
        return str(self.numbers["hash"])


def read(path: Path) -> SentReport:
    """Read a PDF or DOCX; raise `NotOurs`."""
    content = path.read_bytes()
    readers = {b"%PDF": _read_pdf, b"PK\x03\x04": _read_docx}
    reader = readers.get(content[:4])
    if reader is None:
        raise NotOurs("Ce fichier n'est ni un PDF ni un DOCX : donnez celui que le site a fait.")
    try:
        numbers, text = reader(content)
    except Exception as error:
        raise NotOurs("Ce fichier est abîmé : téléchargez-le de nouveau.") from error
    if not _is_whole(numbers):
        raise NotOurs(
            "Ce fichier ne porte pas les chiffres d'un bilan : donnez celui que le site a fait,"
            " tel qu'il a été téléchargé."
        )
    return SentReport(numbers, bare(text))


def _is_whole(numbers: Any) -> bool:
    return (
        isinstance(numbers, dict)
        and numbers.get("format") == FORMAT
        and isinstance(numbers.get("report"), int)
        and numbers.get("language") in LOCALES
        and isinstance(numbers.get("figures"), dict)
        and isinstance(numbers.get("hash"), str)
    )


def _read_pdf(content: bytes) -> tuple[Any, str]:
    reader = load("pypdf").PdfReader(BytesIO(content))
    attached = reader.attachments.get(NUMBERS)
    footers = re.compile(r"\n[^\n]*\d+ / \d+\s*$")
    text = "\n".join(footers.sub("", page.extract_text()) for page in reader.pages)
    return (json.loads(attached[0]) if attached else None), text


def _read_docx(content: bytes) -> tuple[Any, str]:
    document = load("docx").Document(BytesIO(content))
    texts = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            texts += [cell.text for row in block.rows for cell in row.cells]
        else:
            texts.append(block.text)
    return docx_parts.attached_json(document), "\n".join(texts)


def states(
    sent: SentReport, numbers: Mapping[str, Any], passages: Iterable[Passage]
) -> Mapping[str, NumberState]:
    """Return what became of each number of a published report, by its id.

    `numbers` and `passages` are what the site writes of it in the language of the file.
    """
    printed, carried = numbers["figures"], sent.numbers["figures"]
    state = {
        id: NumberState.INTACT if carried.get(id) == text else NumberState.ATTACHED_OTHERWISE
        for id, text in printed.items()
    }
    for passage in passages:
        if bare(passage.text) not in sent.text:
            state[passage.id] = NumberState.PRINTED_OTHERWISE
    return state


def bare(text: str) -> str:
    """Return a text without blanks, which formats and pages break otherwise."""
    return _BLANKS.sub("", french(text))
