"""What the name servers hold, asked within a time that all questions share."""

import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
import idna

Address = IPv4Address | IPv6Address

LONGEST_QUESTION = 3.0  # seconds
LONGEST_IN_ALL = 8.0  # seconds, so that with the talk to the server all ends within 15
MOST_ANSWERS = 20
_LOCAL = [
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]


class CouldNotLook(Exception):
    """No name server answered the question."""


class Lookups:
    """Questions to the name servers, each asked once; what does not exist is an empty list."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._seconds_left = LONGEST_IN_ALL
        self._answers: dict[tuple[str, str], list[Any] | None] = {}
        self._has_answered = False

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, the strings of each joined."""
        records = self._ask(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    def exchanges(self, name: str) -> list[str]:
        """Return the servers that take a domain's mail, the preferred first; `""` for none ever."""
        records = sorted(self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [_text(record.exchange) for record in records[:MOST_ANSWERS]]

    def addresses(self, name: str) -> list[Address]:
        """Return the addresses of a name, or the one that is written there instead of a name."""
        try:
            return [ip_address(name.strip("[]"))]
        except ValueError:
            records = [*self._ask(name, "A"), *self._ask(name, "AAAA")]
        return [ip_address(record.address) for record in records[:MOST_ANSWERS]]

    def names(self, address: Address) -> list[str]:
        """Return the names that an address says it has."""
        records = self._ask(reverse_name(address), "PTR")
        return [_text(record.target) for record in records[:MOST_ANSWERS]]

    def sees(self, domain: str) -> bool:
        """Say whether the name servers know the net at all, or anything of `domain`.

        In a closed network a name server may fail for every name, or say that none exists.
        """
        for name, kind in ((domain, "MX"), (domain, "TXT"), (domain, "A"), (".", "NS")):
            with suppress(CouldNotLook):
                if self._ask(name, kind):
                    return True
            if not self._has_answered:
                return False
        return False

    def _ask(self, name: str, kind: str) -> list[Any]:
        key = (name.casefold().rstrip("."), kind)
        if key not in self._answers:
            self._answers[key] = self._resolve(name, kind)
        found = self._answers[key]
        if found is None:
            raise CouldNotLook
        return found

    def _resolve(self, name: str, kind: str) -> list[Any] | None:
        if self._seconds_left <= 0:
            return None
        began = time.monotonic()
        try:
            found = list(self._ready().resolve(_name(name), kind, lifetime=self._patience()))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            found = []
        except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as error:
            self._has_answered |= _was_answered(error)
            return None
        except (dns.exception.DNSException, OSError):
            # A chain of names without an end, or a machine that knows no name server.
            return None
        except UnicodeError:
            return []  # no such name can exist
        finally:
            self._seconds_left -= time.monotonic() - began
        self._has_answered = True
        return found

    def _ready(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver()
            self._resolver.timeout = 1.0
        return self._resolver

    def _patience(self) -> float:
        lifetime = self._resolver.lifetime if self._resolver else LONGEST_QUESTION
        return min(LONGEST_QUESTION, lifetime, self._seconds_left)


def ascii_name(name: str) -> str:
    """Return a name as the servers of the net know it, or unchanged when it can't be one."""
    try:
        return idna.encode(name.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        # An underscore is no letter of a name of IDNA, but of `_dmarc`.
        return name.rstrip(".").casefold()


def is_address(server: str) -> bool:
    """Say whether a server is written as an address instead of a name."""
    try:
        ip_address(server.strip("[]"))
    except ValueError:
        return False
    return True


def reverse_name(address: Address) -> str:
    """Return the name under which the name of an address is published."""
    return dns.reversename.from_address(str(address)).to_text(omit_final_dot=True)


def public(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses that the world can see a mail come from."""
    return [
        address
        for address in addresses
        if not (address.is_loopback or address.is_link_local or address.is_unspecified)
        and not any(address in network for network in _LOCAL)
    ]


def _name(text: str) -> dns.name.Name:
    try:
        return dns.name.from_text(ascii_name(text))
    except dns.exception.DNSException as error:
        raise UnicodeError from error


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).strip(".").casefold()


def _was_answered(error: dns.exception.DNSException) -> bool:
    """Say whether a server answered at all, though not with what was asked for."""
    return any(attempt[-1] is not None for attempt in error.kwargs.get("errors", ()))
