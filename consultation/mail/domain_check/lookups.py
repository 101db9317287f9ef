"""DNS lookups within one time budget; names and addresses as name servers write them."""

import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import idna

Address = IPv4Address | IPv6Address

QUERY_TIMEOUT = 3.0  # seconds
DNS_BUDGET = 8.0  # seconds, for all queries together
MAX_ANSWERS = 50
_NO_SUCH_NAME = (
    *(dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN),
    *(dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, UnicodeError),
)
_LOCAL = [
    *map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")),
    *map(ip_network, ("169.254.0.0/16", "0.0.0.0/32", "fc00::/7", "fe80::/10", "::1", "::")),
]


class NoAnswer(Exception):
    """No name server answered the query."""


class Lookups:
    """DNS queries, all within `DNS_BUDGET`; a name that does not exist has no records.

    Every method raises `NoAnswer`.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._ends_at = time.monotonic() + DNS_BUDGET

    def records(self, name: str, kind: str) -> list[Any]:
        """Look up the records of one kind, `MAX_ANSWERS` at most."""
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
                self._resolver.timeout = 1.0
            # Once the budget is spent, dnspython times out before it sends anything.
            left = min(QUERY_TIMEOUT, self._resolver.lifetime, self._ends_at - time.monotonic())
            answer = self._resolver.resolve(ascii_name(name) or ".", kind, lifetime=left)
            return list(answer)[:MAX_ANSWERS]
        except _NO_SUCH_NAME:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer from error

    def texts(self, name: str) -> list[str]:
        """Look up the TXT records of a name, the strings of each joined."""
        records = self.records(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    def addresses(self, server: str) -> list[Address]:
        """Look up the addresses of a host; an address is its own."""
        if literal := address_in(server):
            return [literal]
        records = [*self.records(server, "A"), *self.records(server, "AAAA")]
        return [ip_address(record.address) for record in records]

    def is_online(self, domain: str) -> bool:
        """Check that the name servers know the internet, or any record of `domain`.

        In a closed network a name server may fail for every name, or say that none exists.
        """
        for name, kind in ((".", "NS"), (domain, "MX"), (domain, "TXT")):
            with suppress(NoAnswer):
                if self.records(name, kind):
                    return True
        return False


def ascii_name(name: str) -> str:
    """Encode a name as name servers know it; what can't be one stays as it is."""
    try:
        return idna.encode(name.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        return name.rstrip(".").casefold()  # IDNA refuses the underscore of `_dmarc`


def address_in(server: str) -> Address | None:
    try:
        return ip_address(server.strip("[]"))
    except ValueError:
        return None


def is_local(address: Address) -> bool:
    return any(address in network for network in _LOCAL)
