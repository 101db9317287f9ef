"""What is heard of whole pages, kept in files that a person has read.

`python -m pytest tests/hearing --rewrite-heard` writes them anew, to be read again.
"""

import re
from pathlib import Path

MOST_LINES = 300
KEPT = Path(__file__).with_name("heard")
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
MONTH = "|".join(MONTHS.split())
LIST = re.compile(r"Description list with \d+ terms?")
"""Orca counts the terms of a list or not, by how soon the browser has told it of them."""
DATE = re.compile(rf"\d{{1,2}}(er)?\s({MONTH})(\s\d{{4}})?(\sà\s\d+\sh(\s\d\d)?)?")


def compare(name, heard, request):
    """Compare utterances with the file of this name, whatever their dates."""
    told = DATE.sub("(date)", "".join(f"{utterance}\n" for utterance in heard))
    told = LIST.sub("description list", told)
    told = told.replace("visited link", "link")  # which were, depends on the tests before
    file = KEPT / f"{name}.txt"
    if request.config.getoption("rewrite_heard"):
        file.write_text(told, "utf-8")

    assert told == file.read_text("utf-8")


def read_whole(name, reader, request):
    """Compare what is heard from the title of the page on with the file of this name."""
    compare(name, reader.reach("heading 1", key="h") + reader.read(MOST_LINES), request)
