"""Rendering of mails, from a kind, a language and parameters.

The first line of the text template is the subject. Both templates get `entries`, the parameters of
every message that the mail gathers, `base_url`, `locale` and `stop_link`, the page by which its
recipient stops such mail (empty for the staff); the HTML one also gets `subject`. They decide by
the shape of the parameters alone, as all mails of a shape share one cached letter.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from consultation.i18n import DEFAULT_LOCALE, LOCALES, prefix_for
from consultation.mail import suppression
from consultation.mail.addresses import for_envelope, is_sendable
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.letters.cache import Letter, Letters, folded
from consultation.mail.mailbox_identity import Box
from consultation.mail.transport import OutgoingMail
from consultation.web.locale import in_language

TRIAL = _l(
    "Ceci est un essai : la consultation n'a pas commencé, et tout ce que l'on y envoie sera effacé"
    " avant son ouverture."
)
"""Said first in each mail about a round that is tried out: parameters with `is_trial`."""
COLLECTIVE = "Ensemble contre la traite des êtres humains"
_EXTENSION = "mail_letters"
_MAIL = b"""\
%(sender)sTo: %(recipient)s
%(subject)sDate: %(date)s
Message-ID: %(message_id)s
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
%(unsubscribe)sMIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="%(boundary)s"

--%(boundary)s
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

%(plain)s
--%(boundary)s
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0

%(rich)s
--%(boundary)s--
""".replace(b"\n", b"\r\n")
# RFC 8058: the reader's own button posts to this address, without a page.
_UNSUBSCRIBE = b"List-Unsubscribe: <%b>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def render(kind: MessageKind, locale: str, entries: Sequence[Any], recipient: str) -> Letter:
    """Return the letter of all `entries`; raises whatever a template can raise."""
    locale = locale if locale in LOCALES else DEFAULT_LOCALE
    stop_link = _stop_link(kind.reach, locale, recipient)
    is_trial = any(getattr(entry, "is_trial", False) for entry in entries)
    with in_language(locale):
        settings = {
            "base_url": current_app.config["BASE_URL"],
            "locale": locale,
            "trial": gettext(TRIAL) if is_trial else "",
        }
        letter = _letters().fill(
            kind.template, settings, {"entries": entries, "stop_link": stop_link}
        )
    return replace(letter, unsubscribe_link=stop_link) if kind.reach is Reach.BULK else letter


def _letters() -> Letters:
    letters: Letters | None = current_app.extensions.get(_EXTENSION)
    if letters is None:
        letters = current_app.extensions[_EXTENSION] = Letters(current_app.jinja_env)
    return letters


def _stop_link(reach: Reach, locale: str, recipient: str) -> str:
    """Return the page by which `recipient` stops such mail; the staff have none."""
    if reach is Reach.STAFF:
        return ""
    token = suppression.stop_token(reach, Box.of(recipient))
    return f"{current_app.config['BASE_URL']}{prefix_for(locale)}/courriel/arret/{token}"


def compose(
    letter: Letter, *, sender: str, recipient: str, message_id: str, at: datetime
) -> OutgoingMail:
    """Return the mail; the same arguments give the same bytes. Raise ValueError.

    Only what differs from mail to mail is put together here: the library takes a millisecond for
    headers and parts.
    """
    if not is_sendable(recipient):
        raise ValueError("a mail goes to exactly one recipient")
    address, link = for_envelope(recipient), letter.unsubscribe_link
    content = _MAIL % {
        b"sender": _sender_header(sender),
        b"recipient": address.encode(),
        b"subject": letter.subject_header,
        b"date": format_datetime(at).encode(),
        b"message_id": message_id.encode(),
        b"unsubscribe": _UNSUBSCRIBE % link.encode() if link else b"",
        b"boundary": hashlib.sha256(message_id.encode()).hexdigest()[:32].encode(),
        b"plain": letter.plain.encoded,
        b"rich": letter.rich.encoded,
    }
    return OutgoingMail(address, content)


@lru_cache(maxsize=8)
def _sender_header(sender: str) -> bytes:
    return folded("From", str(Address(COLLECTIVE, addr_spec=sender)))
