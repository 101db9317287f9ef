"""Rendering of mails, from a kind, a language and parameters.

The first line of the text template is the subject. Both templates get `entries`, the parameters of
every message that the mail gathers, `base_url`, `locale` and `stop_link`, the page by which its
recipient stops such mail (empty for the staff); the HTML one also gets `subject`.
"""

import hashlib
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import force_locale

from consultation.i18n import DEFAULT_LOCALE, LOCALES, prefix_for
from consultation.mail import suppression
from consultation.mail.addresses import for_envelope, is_sendable
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.mailbox_identity import Box

COLLECTIVE = "Ensemble contre la traite des êtres humains"
LINE_WIDTH = 76
_EMPTY_LINES = re.compile(r"\n\s*\n+")
_BLANKS = re.compile(r"\s+")


class _CachingPolicy(policy.EmailPolicy):
    """Cache parsed and folded headers: all but four are the same in every mail of a kind.

    The library takes as long for them as templates take for the rest of a mail.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (name, value) if hasattr(value, "name") else (name, _parsed(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return _folded(self.utf8, self.linesep, name, value)


@lru_cache(maxsize=256)
def _parsed(name: str, value: str) -> Any:
    return policy.SMTP.header_store_parse(name, value)[1]


@lru_cache(maxsize=256)
def _folded(is_utf8: bool, linesep: str, name: str, value: Any) -> bytes:
    return policy.SMTP.clone(utf8=is_utf8, linesep=linesep).fold_binary(name, value)


HEADERS = _CachingPolicy(linesep=policy.SMTP.linesep)


@dataclass(frozen=True)
class Letter:
    """Subject and bodies of a mail, before it has a recipient."""

    subject: str
    text: str
    html: str
    unsubscribe_link: str = ""


def render(kind: MessageKind, locale: str, entries: Sequence[Any], recipient: str) -> Letter:
    """Return the letter of all `entries`; raises whatever a template can raise."""
    locale = locale if locale in LOCALES else DEFAULT_LOCALE
    stop_link = _stop_link(kind.reach, locale, recipient)
    variables = {
        "entries": entries,
        "base_url": current_app.config["BASE_URL"],
        "locale": locale,
        "stop_link": stop_link,
    }
    with force_locale(locale):
        # Not render_template: its context processors are for pages.
        subject, _, body = (
            _template(f"{kind.template}.txt").render(variables).strip().partition("\n")
        )
        subject = _BLANKS.sub(" ", subject).strip()
        html = _template(f"{kind.template}.html").render(variables, subject=subject)
    unsubscribe_link = stop_link if kind.reach is Reach.BULK else ""
    return Letter(subject, wrapped(body), html.strip() + "\n", unsubscribe_link)


def _stop_link(reach: Reach, locale: str, recipient: str) -> str:
    """Return the page by which `recipient` stops such mail; the staff have none."""
    if reach is Reach.STAFF:
        return ""
    token = suppression.stop_token(reach, Box.of(recipient))
    return f"{current_app.config['BASE_URL']}{prefix_for(locale)}/courriel/arret/{token}"


def wrapped(text: str) -> str:
    """Return `text` in lines of at most 76 characters, paragraphs kept; a link is never cut."""
    paragraphs = _EMPTY_LINES.sub("\n\n", text.strip()).split("\n")
    return "\n".join(_wrapped_line(line) for line in paragraphs) + "\n"


def compose(
    letter: Letter, *, sender: str, recipient: str, message_id: str, at: datetime
) -> EmailMessage:
    """Return the mail; the same arguments give the same bytes. Raise ValueError."""
    if not is_sendable(recipient):
        raise ValueError("a mail goes to exactly one recipient")
    mail = EmailMessage(policy=HEADERS)
    mail["From"] = str(Address(COLLECTIVE, addr_spec=sender))
    mail["To"] = for_envelope(recipient)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe_link:
        # RFC 8058: the reader's own button posts to this address, without a page.
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe_link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    mail.set_boundary(hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return mail


def _template(name: str) -> Any:
    return current_app.jinja_env.get_template(f"mail/messages/{name}")


@lru_cache(maxsize=256)  # most lines are the same in every mail of a kind
def _wrapped_line(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(),
        LINE_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
