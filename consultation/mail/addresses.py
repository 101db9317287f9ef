"""Mail addresses: validation, identity of a mailbox, canonical form, masking.

Two forms of an address serve two purposes. `mailbox` identifies the box: opening, recovering,
grouping, joining, suppressing and erasing go by it. `canonical` folds all addresses that look alike
into one text: it counts, caps and finds rows quickly, and identifies no person. Addresses of one
mailbox always fold to the same text, never the other way round.

Spellings that differ by the case of a character outside ASCII (`É`, `é`), or by what NFKC folds
(`ﬁ`, `①`), are boxes of different people: whether a server distinguishes them is unknown.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import idna

from consultation.crypto.keyring import keyring
from consultation.text import normalized

# No blank, control character, quote, or character that separates or comments addresses.
_PART = r"[^\s\x00-\x1f\x7f-\x9f@,;:<>()\[\]\\\"]+"
_SENDABLE = re.compile(rf"{_PART}@{_PART}")
_ENCODED_WORD = "=?"
LONGEST, LONGEST_LOCAL = 254, 64
"""Characters of an address, and octets of its local part (RFC 5321)."""
LONGEST_TYPED = 2 * LONGEST
"""Characters of a text that may become an address; checking more would take long."""
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_ONCE_ASCII = re.compile("([\u037e\u1fef\u212a])")
_ROBOT = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|abuse|bounces?|listserv|majordomo|root|daemon"
    r"|(?:.*[-_.+])?(?:bounces?|unsubscribe|desinscription)"
    # The commands and the owner of a mailing list.  A dot before them is part of a name.
    r"|owner-.+|(?!(?:product|co)-owner).+-(?:request|owner|subscribe|join|leave|confirm)"
    r")(?:[+=].*)?"
    r"|(?:no|do[-_.]?not|ne[-_.]?pas)[-_.]?(?:reply|repondre)(?:[-_.+=].*)?"
    # Return paths that carry a recipient or a number back to the sender.
    r"|bounces?(?:[-_]|\.[^@]*\d).*|.+-return-\d+(?:-.*)?|.+\+bnc[a-z0-9]{10,}"
    r"|.+[-+][^=]+=[^=]+\.[a-z]{2,}|srs[01][=+-].*=.*|prvs=.*=.*"
)
_ROBOT_DOMAIN = re.compile(r"bounces?\d*(?:\.[^.]+){2,}")


@dataclass(frozen=True)
class _Provider:
    """A provider, and what it ignores in an address."""

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
    """Accept only what names exactly one recipient, in a header and in an envelope."""
    return (
        len(address) <= LONGEST
        and len(address.rpartition("@")[0].encode("utf-8", "replace")) <= LONGEST_LOCAL
        and _SENDABLE.fullmatch(address) is not None
        and _ENCODED_WORD not in address
    )


def is_robot(address: str) -> bool:
    """Recognise addresses that no person reads: no-reply, daemons, bounces, lists.

    Only the beginning of a text too long for an address is checked.
    """
    local, _, domain = address.rpartition("@")
    local = unicodedata.normalize("NFKC", local[:LONGEST]).casefold()
    return bool(_ROBOT.fullmatch(local) or _ROBOT_DOMAIN.fullmatch(domain[:LONGEST].casefold()))


def mailbox(address: str) -> str:
    """Return the spelling that identifies a mailbox.

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


@dataclass(frozen=True)
class Address:
    """An address with what mail asks of it, worked out once: each index costs a keyed hash."""

    text: str
    index: str
    """See `index_of`."""
    mailbox_index: str
    domain_index: str
    is_sendable: bool
    is_robot: bool

    @classmethod
    def of(cls, text: str) -> "Address":
        folded = canonical(text)
        return cls(
            text,
            keyring.blind_index("address", folded),
            mailbox_index_of(text),
            keyring.blind_index("domain", folded.rpartition("@")[2]),
            is_sendable(text),
            is_robot(text),
        )

    def is_one_of(self, boxes: Collection[str]) -> bool:
        """Tell whether it is one of `boxes`, whatever its tag, or looks like one."""
        plain = canonical(untagged(self.text))
        return any(canonical(untagged(box)) == plain for box in boxes)


def mailbox_index_of(address: str) -> str:
    """Return the keyed hash of the mailbox of an address."""
    return keyring.blind_index("mailbox", mailbox(address))


def indexes_of(address: str | None) -> dict[str, str | None]:
    """Return both keyed hashes of an address, by column name."""
    return {
        "address_index": index_of(address) if address else None,
        "mailbox_index": mailbox_index_of(address) if address else None,
    }


def canonical(address: str) -> str:
    """Return the folded text by which addresses that may be one box are counted.

    Different people may share it: it identifies no person.
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
    """Return `address` without the tag that follows a « + » in its local part."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def index_of(address: str) -> str:
    """Return the keyed hash by which mail to a box, and to all that look alike, is counted.

    It finds rows as well, of which `mailbox_index_of` selects those of the box.
    """
    return keyring.blind_index("address", canonical(address))


def for_envelope(address: str) -> str:
    """Return `address` with its domain in ASCII, as mail servers need it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def masked(address: str) -> str:
    """Return an address masked for staff, such as `j…@e….fr`."""
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}….{ending}" if local and name else "…"


def ascii_lowered(text: str) -> str:
    """Return `text` with A to Z in lower case, every other character unchanged."""
    return text.translate(_ASCII_LOWER)


def _composed(text: str) -> str:
    """Return `text` in NFC, except characters that would become ASCII, such as the kelvin sign."""
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
        # No server has that name, and it must not turn into one that a server has.
        return ascii_lowered(_composed(domain))
