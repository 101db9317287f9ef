"""What the replies of a mail server mean: of the mail, of the server, or of our account there."""

import re
import smtplib
import ssl

from consultation.mail.outcomes import NotNow, Refused

CLOSING = 421
"""How a server says that it takes leave."""
LOGIN_NEEDED = (530, 534, 535, 538)
REPLY = "smtp_"
"""How the short code of a reply begins; its number follows."""

_OUR_QUOTA = re.compile(
    rb"\b[45]\.(4\.5|1\.90|7\.23[236])\b"
    rb"|\b(sending|daily|hourly|outgoing|relay)\b.{0,40}\b(quota|limit)"
    rb"|\byou(r account)? ha(ve|s) (exceeded|reached)\b.{0,40}\b(quota|limit)",
    re.IGNORECASE | re.DOTALL,
)
"""How the relays of the large providers say that we have sent all that they take for a while."""


def meaning_of(error: Exception, *, was_cut: bool) -> NotNow | Refused:
    """Return what a failure while sending says: of the message, or of the server."""
    if was_cut:
        return NotNow("timeout", stop=True, is_about_mail=True)
    code, reason = code_of(error), reason_of(error)
    if code is None:
        if reason in ("unsendable", "not_supported"):
            return Refused(reason)
        return NotNow(reason, stop=reason != "disconnected", is_about_mail=True)
    if reason == "quota":
        return NotNow(reason, stop=True, is_about_mail=False)
    is_about_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if code >= 500 and is_about_mail and code not in LOGIN_NEEDED:
        return Refused(reason)
    return NotNow(reason, stop=code >= 500, is_about_mail=code < 500)


def code_of(error: Exception) -> int | None:
    """Return the code of the reply that `error` stands for, if it is one."""
    reply = _reply(error)
    return None if reply is None else reply[0]


def is_reply(reason: str) -> bool:
    """Say whether a short code stands for what the other server said, and not for a fault here."""
    return reason.startswith(REPLY)


def reason_of(error: Exception) -> str:
    """Return a short code for a failure, without anything that the server said."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "authentication"
    reply = _reply(error)
    if reply is not None:
        code, text = reply
        return "quota" if _OUR_QUOTA.search(text) else f"{REPLY}{code}"
    # smtplib tells of a timeout as of a disconnection, the timeout being its context.
    if isinstance(error.__context__, TimeoutError):
        return "timeout"
    return next(name for kind, name in REASONS if isinstance(error, kind))


def _reply(error: Exception) -> tuple[int, bytes] | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return error.smtp_code, text.encode() if isinstance(text, str) else text
    return None


REASONS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPNotSupportedError, "not_supported"),
    (TimeoutError, "timeout"),
    (ssl.SSLError, "tls"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (OSError, "connection"),
    (ValueError, "unsendable"),
)
