"""Addresses of mail: what may be written to, what is the same box, and what of one may be shown.

Two forms of an address answer two questions.  `mailbox` says whose box it is: whatever opens,
recovers, groups, joins, stops or erases goes by it.  `canonical` folds all that looks alike into
one: it counts and caps, finds rows quickly, and says nothing of who somebody is.  Addresses of the
same mailbox always fold to the same text, never the other way round.

Spellings that differ by the case of a sign outside ASCII (`É`, `é`), or by what NFKC folds (`ﬁ`,
`①`), are boxes of different people: whether a server tells them apart is not for us to guess.
"""

import re
import unicodedata
from dataclasses import dataclass

import idna

from consultation.crypto.keyring import keyring
from consultation.text import normalized

# No blank, control sign, quote, or anything that separates or comments addresses.
_PART = r"[^\s\x00-\x1f\x7f-\x9f@,;:<>()\[\]\\\"]+"
_SENDABLE = re.compile(rf"{_PART}@{_PART}")
_ENCODED_WORD = "=?"
LONGEST, LONGEST_LOCAL = 254, 64
"""Signs of an address, and octets of what stands before its « @ » (RFC 5321)."""
LONGEST_TYPED = 2 * LONGEST
"""Signs of what may become an address, accents apart; to look at more would take long."""
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_ONCE_ASCII = re.compile("([\u037e\u1fef\u212a])")
_ROBOT = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|abuse|bounces?|listserv|majordomo|root|daemon"
    r"|(?:.*[-_.+])?(?:bounces?|unsubscribe|desinscription)"
    # The commands and the owner of a mailing list.  A dot before them is part of somebody's name.
    r"|owner-.+|(?!(?:product|co)-owner).+-(?:request|owner|subscribe|join|leave|confirm)"
    r")(?:[+=].*)?"
    r"|(?:no|do[-_.]?not|ne[-_.]?pas)[-_.]?(?:reply|repondre)(?:[-_.+=].*)?"
    # What carries a recipient or a number back to the one who sent a mail.
    r"|bounces?(?:[-_]|\.[^@]*\d).*|.+-return-\d+(?:-.*)?|.+\+bnc[a-z0-9]{10,}"
    r"|.+[-+][^=]+=[^=]+\.[a-z]{2,}|srs[01][=+-].*=.*|prvs=.*=.*"
)
_ROBOT_DOMAIN = re.compile(r"bounces?\d*(?:\.[^.]+){2,}")


@dataclass(frozen=True)
class _Provider:
    """What a provider ignores when it looks for the box of an address."""

    domain: str
    ignores_dots: bool = False


_GMAIL = _Provider("gmail.com", ignores_dots=True)
_TAGGED = (
    "outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr", "live.com", "live.fr", "msn.com",
    "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "fastmail.com",
)  # fmt: skip
_PROVIDERS = {
    "gmail.com": _GMAIL,
    "googlemail.com": _GMAIL,
    **{domain: _Provider(domain) for domain in _TAGGED},
}


def is_sendable(address: str) -> bool:
    """Say whether `address` can name one recipient only, in a header and in an envelope."""
    return (
        len(address) <= LONGEST
        and len(address.rpartition("@")[0].encode("utf-8", "replace")) <= LONGEST_LOCAL
        and _SENDABLE.fullmatch(address) is not None
        and _ENCODED_WORD not in address
    )


def is_robot(address: str) -> bool:
    """Say whether nobody reads what is sent to an address: no-reply, daemons, bounces, lists.

    Of what is too long for an address only the beginning is looked at.
    """
    local, _, domain = address.rpartition("@")
    local = unicodedata.normalize("NFKC", local[:LONGEST]).casefold()
    return bool(_ROBOT.fullmatch(local) or _ROBOT_DOMAIN.fullmatch(domain[:LONGEST].casefold()))


def mailbox(address: str) -> str:
    """Return the one spelling of a box that says whose it is.

    The name goes by NFC and the case of ASCII, without what a known provider ignores; the domain by
    IDNA 2008.
    """
    local, _, domain = address.rpartition("@")
    local, domain = ascii_lowered(_composed(local)), _ascii_domain(domain)
    provider = _PROVIDERS.get(domain)
    if provider is None:
        return f"{local}@{domain}"
    name = local.partition("+")[0]
    if provider.ignores_dots:
        name = name.replace(".", "")
    # Where nothing would be left, the rule was not meant.
    return f"{name or local}@{provider.domain}"


def mailbox_index_of(address: str) -> str:
    """Return the keyed hash that says whose box an address is."""
    return keyring.blind_index("mailbox", mailbox(address))


def indexes_of(address: str | None) -> dict[str, str | None]:
    """Return both keyed hashes of an address, by the columns of whoever keeps it."""
    return {
        "address_index": index_of(address) if address else None,
        "mailbox_index": mailbox_index_of(address) if address else None,
    }


def canonical(address: str) -> str:
    """Return the one text by which all that may be one box is counted.

    Different people may share it: it never says who somebody is.
    """
    local, _, domain = address.rpartition("@")
    local = normalized("NFKC", local).casefold()
    domain = _ascii_domain(domain)
    provider = _PROVIDERS.get(domain)
    if provider is None:
        return f"{local}@{domain}"
    local = local.partition("+")[0]
    if provider.ignores_dots:
        local = local.replace(".", "")
    return f"{local}@{provider.domain}"


def untagged(address: str) -> str:
    """Return `address` without what follows a « + » in its name."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def index_of(address: str) -> str:
    """Return the keyed hash by which mail to a box, and to all that look alike, is counted.

    It finds rows as well; `mailbox_index_of` then says which of them are of that box.
    """
    return keyring.blind_index("address", canonical(address))


def domain_index_of(address: str) -> str:
    """Return the keyed hash of the domain that an address is delivered by."""
    return keyring.blind_index("domain", canonical(address).rpartition("@")[2])


def for_envelope(address: str) -> str:
    """Return `address` with its domain as the servers of the net know it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def masked(address: str) -> str:
    """Return what the staff may see of an address, such as `j…@e….fr`."""
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}….{ending}" if local and name else "…"


def ascii_lowered(text: str) -> str:
    """Return `text` with A to Z in small letters, and every other sign as it is."""
    return text.translate(_ASCII_LOWER)


def _composed(text: str) -> str:
    """Return `text` by NFC, but for the signs that would become ASCII, such as that of kelvin."""
    parts = _ONCE_ASCII.split(text)
    return "".join(
        part if _ONCE_ASCII.fullmatch(part) else unicodedata.normalize("NFC", part)
        for part in parts
    )


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    # IDNA 2008: the codec of the standard library would send mail for faß.de to fass.de.
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        # No server has that name; nor may it turn into one that a server has.
        return ascii_lowered(_composed(domain))
