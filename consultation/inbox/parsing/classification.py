"""Classification of a mail: from a person, a robot or a list, or a bounce.

The language of a text is guessed here too.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message

from consultation.i18n import LANGUAGES, vocabulary_counts
from consultation.inbox.models import Sort
from consultation.inbox.parsing.headers import Headers, sender_of
from consultation.inbox.parsing.parts import Unpacked, parts_of
from consultation.mail.addresses import is_robot, is_sendable
from consultation.text import clean_line, shows_nothing

# The patterns of flufl.bounce are slow on long lines, and a notice is short.
LONGEST_NOTICE = 20_000
LONGEST_LINE = 300
MOST_BLOCKS = 100
MOST_FIELDS = 30

_STATUS = "message/delivery-status"
_COPIED_FIELDS = ("From", "Subject", "X-Failed-Recipients", "X-Mailer", "Precedence")
_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|postmaster|mail[-_.]?delivery)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|returned mail|returned to sender|delivery (?:status|fail|has failed)|mail delivery"
    r"|failure notice|delayed mail|non[- ]?(?:remis|distribué|délivré)|échec (?:de|d')|warning: "
    r"|could not (?:be )?(?:send|sent|deliver)|message (?:delayed|retardé)",
    re.IGNORECASE,
)

# It logs what it can't read, which may hold an address.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Bounced:
    """The addresses that a notice names; `is_over` if no server tries to reach them any more.

    `is_permanent` if the address is wrong, and not only out of reach for a time.
    """

    addresses: tuple[str, ...]
    is_over: bool
    is_permanent: bool


def is_notice(message: Message, headers: Headers) -> bool:
    """Say whether a server wrote `message` about a mail that it was given to deliver."""
    if _status_of(message) is not None or headers.has("x-failed-recipients"):
        return True
    if _SUBJECT.search(headers.line("subject")) is None:
        return False
    address = sender_of(headers).address or ""
    return bool(_DAEMON.match(address)) or headers.first("return-path").strip() == "<>"


def is_success(message: Message) -> bool:
    """Say whether a notice only reports that a mail arrived."""
    actions = {action for action, _ in _outcomes(message)}
    return bool(actions) and not any(it.startswith(("fail", "delay", "error")) for it in actions)


def bounced_by(message: Message, headers: Headers, text: str) -> Bounced | None:
    """Return the addresses that a notice reports, or None if it names none."""
    from flufl.bounce import all_failures  # only in the process that parses mails

    try:
        temporary, permanent = all_failures(_shortened(message, headers, text))
    except (LookupError, ValueError, TypeError, AttributeError):
        # flufl.bounce takes some headers for granted.
        return None
    failed = _addresses(permanent)
    named = failed or _addresses(temporary)
    if not named:
        return None
    # Status 4.x.x: the server gave up after days of trying; the address may be right.
    statuses = [status for action, status in _outcomes(message) if action.startswith("fail")]
    is_temporary = bool(statuses) and all(status.startswith("4") for status in statuses)
    return Bounced(named, is_over=bool(failed), is_permanent=bool(failed) and not is_temporary)


def _status_of(message: Message) -> Message | None:
    return next((it for it in parts_of(message) if it.get_content_type() == _STATUS), None)


def _blocks(message: Message) -> list[Message]:
    status = _status_of(message)
    payload = status.get_payload() if status is not None and status.is_multipart() else None
    blocks = payload[:MOST_BLOCKS] if isinstance(payload, list) else []
    return [_bounded(it) for it in blocks if isinstance(it, Message)]


def _bounded(block: Message) -> Message:
    short = Message()
    for name, value in list(block.raw_items())[:MOST_FIELDS]:
        short[name] = clean_line(str(value)[:LONGEST_LINE])
    return short


def _outcomes(message: Message) -> Iterator[tuple[str, str]]:
    """Yield the action of each recipient (RFC 3464), and its status code."""
    for block in _blocks(message):
        action = str(block.get("action", "")).strip().casefold()
        if action:
            yield action, str(block.get("status", "")).strip()


def _shortened(message: Message, headers: Headers, text: str) -> Message:
    """Return the notice reduced to what flufl.bounce reads, of bounded length."""
    short = Message()
    for name in _COPIED_FIELDS:
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


def _addresses(raw_addresses: Iterable[bytes]) -> tuple[str, ...]:
    texts = sorted(clean_line(raw.decode("ascii", "ignore")) for raw in raw_addresses)
    return tuple(text for text in texts if is_sendable(text))[:MOST_BLOCKS]


LONGEST_GUESSED = 5_000

_WORD = re.compile(r"[^\W\d_]+")


def guess_locale(text: str) -> str:
    """Return the language of the site that `text` is in, French if it is in doubt."""
    tokens = _WORD.findall(text[:LONGEST_GUESSED].casefold())
    return next(tag for _count, tag in vocabulary_counts(tokens) if tag in LANGUAGES)


LONGEST_CLASSIFIED = 3_000

_ANSWER_MARK = re.compile(r"\A(?:(?:re|ré|rép|tr|fwd?)\s?:\s?)+", re.IGNORECASE)
_ABSENCE_SUBJECT = re.compile(
    r"absen(?:ce|te?)\b|réponse automatique|out of (?:the )?office"
    r"|auto(?:matic|mated)?[- ]?(?:reply|response)|congés?\b|en vacances"
    r"|on (?:leave|vacation|holiday)|not in the office|auto ?:",
    re.IGNORECASE,
)
_ABSENCE_TEXT = re.compile(
    r"(?:je suis|serai|actuellement|suis) (?:absente?|en (?:congés?|vacances|déplacement))"
    r"|(?:de|mon) retour (?:le|lundi|mardi|mercredi|jeudi|vendredi|au bureau)|en mon absence"
    r"|pendant mon absence|absente? (?:du bureau|jusqu|du \d)"
    r"|(?:out of|away from) (?:the|my) office"
    r"|(?:am|be) (?:away|on (?:leave|holiday|vacation))|limited access to (?:my )?e-?mail"
    r"|(?:return|back) (?:on|to the office)|réponse automatique|automatic (?:reply|response)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"(?:confirm|prouv|vérifi)\w{0,5} que vous (?:êtes|n'êtes) (?:bien )?(?:pas )?(?:un )?"
    r"(?:humain|robot|une personne)"
    r"|pour qu(?:e votre message|'il) (?:me |lui )?soit (?:remis|délivré|distribué|transmis)"
    r"|(?:confirm|prove|verify) that you(?:'re| are) (?:a human|human|not a robot|a real person)"
    r"|your (?:message|e-?mail) (?:is being|has been|was|is) (?:held|quarantined)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(
    r"désabonn|désinscri|unsubscribe|ne plus recevoir (?:ces|cette|nos|de)|opt[- ]out",
    re.IGNORECASE,
)
_LIST_FIELDS = ("list-id", "list-unsubscribe", "list-post", "x-mailing-list", "x-campaign-id")
_ROBOT_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autogenerated", "x-autorply")


@dataclass(frozen=True)
class Classification:
    """The sort of a mail, why it is set aside, and the addresses of a bounce."""

    sort: Sort
    reason: str | None
    bounced: Bounced | None = None


def classify(message: Message, headers: Headers, unpacked: Unpacked) -> Classification:
    """Classify a mail, by the fields of servers and programmes first, by its text last."""
    if is_notice(message, headers):
        if is_success(message):
            return Classification(Sort.AUTO_REPLY, "receipt")
        return Classification(Sort.BOUNCE, "bounce", bounced_by(message, headers, unpacked.text))
    text = unpacked.text[:LONGEST_CLASSIFIED].replace("’", "'")
    automatic = _automatic(message, headers, text)
    if automatic is not None:
        return Classification(Sort.AUTO_REPLY, automatic)
    if _is_newsletter(headers, text):
        return Classification(Sort.NEWSLETTER, "newsletter")
    if is_robot(sender_of(headers).address or ""):
        return Classification(Sort.AUTO_REPLY, "robot_sender")
    unreadable = _unreadable(headers, unpacked)
    return Classification(Sort.UNREADABLE if unreadable else Sort.PERSON, unreadable)


def _automatic(message: Message, headers: Headers, text: str) -> str | None:
    """Return the kind of automatic mail, or None."""
    report = _report_type(message)
    if report is not None:
        return report
    says_so = _says_automatic(headers)
    if _CHALLENGE.search(text) and (says_so or _LINK.search(text)):
        return "challenge"
    if says_so and not headers.has(*_LIST_FIELDS):
        return "auto_reply"
    if headers.word("auto-submitted").startswith("auto-replied"):
        return "auto_reply"
    return "auto_reply" if _is_absence(headers, text) else None


def _report_type(message: Message) -> str | None:
    kinds = {part.get_content_type() for part in parts_of(message)}
    if "message/disposition-notification" in kinds:
        return "read_receipt"
    if "message/feedback-report" in kinds:
        return "complaint"
    methods = (
        str(part.get_param("method", "")).casefold()
        for part in parts_of(message)
        if part.get_content_type() == "text/calendar"
    )
    return "calendar" if any(method in ("reply", "counter") for method in methods) else None


def _says_automatic(headers: Headers) -> bool:
    submitted = headers.word("auto-submitted")
    return (
        submitted not in ("", "no")
        or headers.has(*_ROBOT_FIELDS)
        or headers.word("precedence") in ("auto_reply", "auto-reply")
        or headers.word("x-precedence") in ("auto_reply", "auto-reply")
        or headers.first("return-path").strip() == "<>"
    )


def _is_absence(headers: Headers, text: str) -> bool:
    """Say whether a mail reports an absence; a subject alone may be a person's."""
    subject = _ANSWER_MARK.sub("", headers.line("subject"), count=1)
    if _ABSENCE_SUBJECT.match(subject) is None:
        return False
    return (
        _ABSENCE_TEXT.search(text) is not None
        or headers.has("x-auto-response-suppress", "x-ms-exchange-inbox-rules-loop")
        or headers.word("precedence") in ("bulk", "junk")
    )


def _is_newsletter(headers: Headers, text: str) -> bool:
    if headers.has(*_LIST_FIELDS) or headers.word("precedence") in ("bulk", "list", "junk"):
        return True
    return is_robot(sender_of(headers).address or "") and _UNSUBSCRIBE.search(text) is not None


def _unreadable(headers: Headers, unpacked: Unpacked) -> str | None:
    """Return why a mail of a person can't be read, or None."""
    if unpacked.is_encrypted:
        return "encrypted"
    if unpacked.is_cut:
        return "too_long"
    if not headers.fields and not unpacked.text:
        return "unreadable"
    subject = _ANSWER_MARK.sub("", headers.line("subject"), count=1)
    is_empty = shows_nothing(unpacked.text + subject) and not unpacked.enclosures
    return "empty" if is_empty else None
