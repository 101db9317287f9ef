"""DNS lookups within one time budget.

Also names and addresses as name servers write them.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename
import idna

Address = IPv4Address | IPv6Address

QUERY_TIMEOUT = 3.0  # seconds
DNS_BUDGET = 8.0  # seconds, for all queries together
MAX_ANSWERS = 20
_LOCAL = [ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


class NoAnswer(Exception):
    """No name server answered the query."""


class Lookups:
    """DNS queries, each sent once, within `DNS_BUDGET`; a name that does not exist has no records.

    Every method raises `NoAnswer`.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._seconds_left = DNS_BUDGET
        self._records: dict[tuple[str, str], list[Any] | None] = {}

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, the strings of each joined."""
        records = self._query(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    def exchanges(self, name: str) -> list[str]:
        """Return the hosts of the MX records, the preferred first; `""` where no mail is taken."""
        records = sorted(self._query(name, "MX"), key=lambda record: int(record.preference))
        return [str(record.exchange).rstrip(".") for record in records[:MAX_ANSWERS]]

    def public_addresses(self, server: str) -> list[Address]:
        """Return the addresses that are reachable from outside."""
        return [address for address in self.addresses(server) if not is_local(address)]

    def addresses(self, server: str) -> list[Address]:
        """Return the addresses of a host, or the address itself."""
        if literal := address_in(server):
            return [literal]
        records = [*self._query(server, "A"), *self._query(server, "AAAA")]
        return [ip_address(record.address) for record in records[:MAX_ANSWERS]]

    def names(self, address: Address) -> list[str]:
        """Return the names of an address, by PTR."""
        records = self._query(reverse_name(address), "PTR")
        return [str(record.target).rstrip(".") for record in records[:MAX_ANSWERS]]

    def is_online(self, domain: str) -> bool:
        """Check that the name servers know the internet, or any record of `domain`.

        In a closed network a name server may fail for every name, or say that none exists.
        """
        for name, kind in ((".", "NS"), (domain, "MX"), (domain, "TXT")):
            with suppress(NoAnswer):
                if self._query(name, kind):
                    return True
        return False

    def _query(self, name: str, kind: str) -> list[Any]:
        key = (name.casefold().rstrip("."), kind)
        if key not in self._records:
            started = time.monotonic()
            self._records[key] = self._resolve(name, kind)
            self._seconds_left -= time.monotonic() - started
        records = self._records[key]
        if records is None:
            raise NoAnswer
        return records

    def _resolve(self, name: str, kind: str) -> list[Any] | None:
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
                self._resolver.timeout = 1.0
            # Once the budget is spent, dnspython times out before it sends anything.
            lifetime = min(QUERY_TIMEOUT, self._resolver.lifetime, self._seconds_left)
            return list(self._resolver.resolve(ascii_name(name) or ".", kind, lifetime=lifetime))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, UnicodeError):
            return []  # no such name can exist
        except (dns.exception.DNSException, OSError):
            return None


def ascii_name(name: str) -> str:
    """Return a name as name servers know it, or unchanged when it can't be one."""
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
    is_reachable = not (address.is_loopback or address.is_link_local or address.is_unspecified)
    return not is_reachable or any(address in network for network in _LOCAL)


def reverse_name(address: Address) -> str:
    return dns.reversename.from_address(str(address)).to_text(omit_final_dot=True)


def listed(addresses: Sequence[Address]) -> str:
    return ", ".join(str(address) for address in addresses)
