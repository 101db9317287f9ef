"""Synonyms: groups of words that find one another in the search for measures.

Organisers write them as a text, a group a line, its words separated by commas.  Words after a ">"
are searched for where those before it find nothing.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.plan.models import SynonymList
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

Group = tuple[str, ...]
"""Words and short phrases, as they are written."""

INSTEAD = ">"
"""What separates the words of a group from those to search for instead."""

LONGEST_TEXT, MOST_GROUPS = 20_000, 300
_SHIPPED = Path(__file__).with_name("synonyms.toml")


class LonelyWord(Exception):
    """A line holds one word only, which finds nothing beside itself."""


@cache
def shipped() -> str:
    """Return the text of the groups that come with the product."""
    content = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))
    groups = (", ".join(group) for group in content["groups"])
    nearby = (
        f"{', '.join(it['words'])} {INSTEAD} {', '.join(it['instead'])}" for it in content["nearby"]
    )
    return "\n".join([*groups, *nearby])


def text_in_force(session: Session) -> str:
    """Return the organisers' text, or the shipped one where they wrote none."""
    stored = session.scalar(sa.select(SynonymList.text))
    return shipped() if stored is None else stored


def groups_of(text: str) -> list[Group]:
    """Return the groups of a text; blank lines and blank words do not count."""
    return [group for group, _instead in _lines(text)]


def nearby_of(text: str) -> list[tuple[Group, Group]]:
    """Return the groups that have words to search for instead, with those."""
    return [(group, instead) for group, instead in _lines(text) if instead]


def _lines(text: str) -> Iterator[tuple[Group, Group]]:
    for line in text.splitlines():
        group, _, instead = line.partition(INSTEAD)
        if members := _members(group):
            yield members, _members(instead)


def _members(text: str) -> Group:
    return tuple(filter(None, (it.strip() for it in text.split(","))))


@needs(Permission.EDIT_PLAN)
def store(work: Work, text: str | None, seen: str) -> None:
    """Store the organisers' text, or return to the shipped one where it is None.

    `seen` is the digest of the text that the actor edited.  Raise `StaleEdit` when another is in
    force by now, `LonelyWord` with the first line that is no group.
    """
    if digest(text_in_force(work.session)) != seen:
        raise StaleEdit("la liste des synonymes")
    for group, instead in _lines(text or ""):
        if len(group) == 1 and not instead:
            raise LonelyWord(group[0])
    work.session.execute(sa.delete(SynonymList))
    if text is not None:
        work.session.add(SynonymList(text=text))
    count = {"count": len(groups_of(text))} if text is not None else {}
    audit_log.log(work, "synonyms_changed", None, count)
