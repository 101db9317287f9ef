"""Blocks and runs of the Markdown that organisers write, for writers of documents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from consultation.web.markdown import tokens


@dataclass(frozen=True)
class Run:
    """Neighbouring characters that look alike; `link` is an address or empty."""

    text: str
    is_strong: bool = False
    is_emphasised: bool = False
    link: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading or an item of a list; `mark` is the item's bullet or number."""

    runs: Sequence[Run]
    is_heading: bool = False
    mark: str = ""
    depth: int = 0


BULLET = "•"


def blocks(markdown: str) -> list[Block]:
    """Return the blocks of a text, in order; a list in a list is deeper."""
    made: list[Block] = []
    lists: list[int | None] = []
    mark, is_heading = "", False
    for token in tokens(markdown):
        match token.type:
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                mark = _next_mark(lists)
            case "heading_open" | "heading_close":
                is_heading = token.type == "heading_open"
            case "inline":
                made.append(Block(list(_runs(token)), is_heading, mark, len(lists)))
                mark = ""
    return made


def _next_mark(lists: list[int | None]) -> str:
    number = lists[-1]
    if number is None:
        return BULLET
    lists[-1] = number + 1
    return f"{number}."


def _runs(inline: Token) -> Iterator[Run]:
    look = Run("")
    for token in inline.children or ():
        match token.type:
            case "strong_open" | "strong_close":
                look = replace(look, is_strong=token.type == "strong_open")
            case "em_open" | "em_close":
                look = replace(look, is_emphasised=token.type == "em_open")
            case "link_open":
                look = replace(look, link=str(token.attrGet("href") or ""))
            case "link_close":
                look = replace(look, link="")
            case "softbreak" | "hardbreak":
                yield replace(look, text="\n")
            case _:
                yield replace(look, text=token.content)
