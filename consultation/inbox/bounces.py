"""Notices that a mail could not be delivered: to whom, and whether for good."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from consultation.inbox.heading import Headers, sender_of
from consultation.inbox.unpacking import parts_of
from consultation.mail.addresses import is_sendable
from consultation.text import clean_line

# The library's patterns take much time on long lines, and a notice is short.
LONGEST_NOTICE = 20_000
LONGEST_LINE = 300
MOST_BLOCKS = 100
MOST_FIELDS = 30

_STATUS = "message/delivery-status"
_TOLD = ("From", "Subject", "X-Failed-Recipients", "X-Mailer", "Precedence")
_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|postmaster|mail[-_.]?delivery)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|returned mail|returned to sender|delivery (?:status|fail|has failed)|mail delivery"
    r"|failure notice|delayed mail|non[- ]?(?:remis|distribué|délivré)|échec (?:de|d')|warning: "
    r"|could not (?:be )?(?:send|sent|deliver)|message (?:delayed|retardé)",
    re.IGNORECASE,
)

# It writes into the log what it can't read, which may hold an address.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Bounced:
    """The addresses that a notice names; `is_over` says that no server tries to reach them now.

    It is permanent when none ever should: the cause of what was given up may have passed.
    """

    addresses: tuple[str, ...]
    is_over: bool
    is_permanent: bool


def is_notice(message: Message, headers: Headers) -> bool:
    """Say whether a server wrote `message` about one that it was given."""
    if _status_of(message) is not None or headers.has("x-failed-recipients"):
        return True
    if _SUBJECT.search(headers.line("subject")) is None:
        return False
    address = sender_of(headers).address or ""
    return bool(_DAEMON.match(address)) or headers.first("return-path").strip() == "<>"


def tells_success(message: Message) -> bool:
    """Say whether a notice only says that a mail arrived."""
    actions = {action for action, _ in _outcomes(message)}
    return bool(actions) and not any(one.startswith(("fail", "delay", "error")) for one in actions)


def bounced_by(message: Message, headers: Headers, text: str) -> Bounced | None:
    """Return what a notice gives back; None when it names nobody."""
    try:
        temporary, permanent = all_failures(_shortened(message, headers, text))
    except (LookupError, ValueError, TypeError, AttributeError):
        # It takes some headers for granted; a notice without them names nobody.
        return None
    failed = _addresses(permanent)
    named = failed or _addresses(temporary)
    if not named:
        return None
    # A server that gave up after days of trying does not say that the address is wrong.
    statuses = [status for action, status in _outcomes(message) if action.startswith("fail")]
    is_for_a_time = bool(statuses) and all(status.startswith("4") for status in statuses)
    return Bounced(named, is_over=bool(failed), is_permanent=bool(failed) and not is_for_a_time)


def _status_of(message: Message) -> Message | None:
    return next((one for one in parts_of(message) if one.get_content_type() == _STATUS), None)


def _blocks(message: Message) -> list[Message]:
    status = _status_of(message)
    payload = status.get_payload() if status is not None and status.is_multipart() else None
    found = payload[:MOST_BLOCKS] if isinstance(payload, list) else []
    return [_bounded(one) for one in found if isinstance(one, Message)]


def _bounded(block: Message) -> Message:
    short = Message()
    for name, value in list(block.raw_items())[:MOST_FIELDS]:
        short[name] = clean_line(str(value)[:LONGEST_LINE])
    return short


def _outcomes(message: Message) -> Iterator[tuple[str, str]]:
    """Give what became of each recipient, and the status code that says why."""
    for block in _blocks(message):
        action = str(block.get("action", "")).strip().casefold()
        if action:
            yield action, str(block.get("status", "")).strip()


def _shortened(message: Message, headers: Headers, text: str) -> Message:
    """Return a notice of bounded length that says the same."""
    short = Message()
    for name in _TOLD:
        if headers.has(name.lower()):
            short[name] = headers.line(name.lower())
    blocks = _blocks(message)
    if not blocks:
        lines = text[:LONGEST_NOTICE].encode("ascii", "replace").decode().split("\n")
        short.set_payload("\n".join(line[:LONGEST_LINE] for line in lines))
        return short
    status = Message()
    status.set_type(_STATUS)
    for block in blocks:
        status.attach(block)
    short.set_type("multipart/report")
    short.attach(status)
    return short


def _addresses(found: Iterable[bytes]) -> tuple[str, ...]:
    texts = sorted(clean_line(one.decode("ascii", "ignore")) for one in found)
    return tuple(one for one in texts if is_sendable(one))[:MOST_BLOCKS]
