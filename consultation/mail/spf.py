"""SPF: which servers a domain says may send its mail (RFC 7208), read within fixed bounds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from consultation.mail.checks import shown
from consultation.mail.dns_records import Address, Lookups

MOST_QUESTIONS = 10
MOST_EXCHANGES = 10
_VERSION = "v=spf1"
_TERM = re.compile(r"([+\-~?]?)([a-z][a-z0-9]*)(?::([^/]*))?(/[0-9/]*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)


class SpfBroken(Exception):
    """Receivers can't read a record, and so ignore it; the argument says why, in French."""


@dataclass(frozen=True)
class _Term:
    """One word of a record, such as `~include:_spf.exemple.fr`."""

    qualifier: str
    name: str
    value: str
    prefix: str


def records(lookups: Lookups, domain: str) -> list[str]:
    """Return the SPF records of a domain, of which there should be one."""
    return [
        text
        for text in lookups.texts(domain)
        if text.casefold() == _VERSION or text.casefold().startswith(f"{_VERSION} ")
    ]


def end_of(lookups: Lookups, domain: str, record: str) -> str | None:
    """Return what a record says of all other servers: `+`, `-`, `~`, `?`, or None for nothing.

    The whole record is read, with what it includes; raise `SpfBroken`.
    """
    walk = _Walk(lookups, None)
    walk.allows(domain, record)
    return walk.end


def allows(lookups: Lookups, domain: str, record: str, address: Address) -> bool:
    """Say whether a record is known to let `address` send the domain's mail."""
    return _Walk(lookups, address).allows(domain, record)


class _Walk:
    """One reading of a record with all that it includes, for one address or for none.

    Words that need to know the mail itself (`exists`, `ptr`, macros) never match here.
    """

    def __init__(self, lookups: Lookups, address: Address | None) -> None:
        self._lookups = lookups
        self._address = address
        self._questions = 0
        self.end: str | None = None

    def allows(self, domain: str, record: str) -> bool:
        for term in _terms(record):
            if term.name == "all":
                self.end = term.qualifier
                return self._address is not None and term.qualifier == "+"
            if self._matches(term, domain):
                return term.qualifier == "+"
        target = _redirection(record)
        if target is None or "%" in target:
            return False
        return self.allows(target, self._record_of(target))

    def _matches(self, term: _Term, domain: str) -> bool:
        if term.name in ("ip4", "ip6"):
            return self._is_in(term.value + term.prefix)
        target = term.value or domain
        if "%" in target or term.name in ("exists", "ptr"):
            self._count()
            return False
        match term.name:
            case "include":
                return self._includes(target)
            case "a":
                self._count()
                return self._is_near([target], term.prefix)
            case "mx":
                self._count()
                hosts = self._lookups.exchanges(target)[:MOST_EXCHANGES]
                return self._is_near(hosts, term.prefix)
        raise SpfBroken(f"« {shown(term.name)} » n'y est pas compris")

    def _includes(self, target: str) -> bool:
        end = self.end
        is_allowed = self.allows(target, self._record_of(target))
        self.end = end  # what an included record says of the others does not count
        return is_allowed

    def _record_of(self, target: str) -> str:
        self._count()
        found = records(self._lookups, target)
        if len(found) != 1:
            raise SpfBroken(f"il renvoie à {shown(target)}, où ne se trouve pas un enregistrement")
        return found[0]

    def _count(self) -> None:
        self._questions += 1
        if self._questions > MOST_QUESTIONS:
            raise SpfBroken("il demande plus de dix recherches, ou tourne en rond")

    def _is_near(self, hosts: list[str], prefix: str) -> bool:
        found = [address for host in hosts if host for address in self._lookups.addresses(host)]
        lengths = prefix.partition("//")
        return any(
            self._is_in(str(address) + _length(lengths[0] if address.version == 4 else lengths[2]))
            for address in found
        )

    def _is_in(self, network: str) -> bool:
        try:
            parsed = ip_network(network, strict=False)
        except ValueError:
            raise SpfBroken(f"« {shown(network)} » n'y est pas une adresse") from None
        return self._address is not None and self._address in parsed


def _terms(record: str) -> Iterator[_Term]:
    for word in record.split()[1:]:
        if _MODIFIER.fullmatch(word):
            continue
        match = _TERM.fullmatch(word)
        if match is None:
            raise SpfBroken(f"« {shown(word)} » n'y est pas compris")
        qualifier, name, value, prefix = match.groups(default="")
        yield _Term(qualifier or "+", name.casefold(), value, prefix)


def _redirection(record: str) -> str | None:
    for word in record.split()[1:]:
        match = _MODIFIER.fullmatch(word)
        if match is not None and match[1].casefold() == "redirect":
            return match[2]
    return None


def _length(digits: str) -> str:
    digits = digits.strip("/")
    return f"/{digits}" if digits else ""
