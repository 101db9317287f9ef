"""Domain check for `doctor`: SPF, DKIM, DMARC, reverse names and TLS of the sending domain."""

import base64
import binascii
import enum
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
import idna
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from email_validator import EmailNotValidError, validate_email

from consultation.clock import now
from consultation.mail.addresses import for_envelope, is_sendable
from consultation.mail.transport import Deadline
from consultation.text import clean_line

OWNER = "la personne qui gère le nom de domaine"
LONGEST_SHOWN = 120
LONGEST_VALUE = 255
"""Bytes that one string of a TXT record may hold."""
LONGEST_PUBLISHED = 450
"""Bytes beyond which an answer might not fit into one packet."""


class State(enum.Enum):
    """What a look found; `UNKNOWN` is no fault: it could not be seen from here."""

    FINE = "fine"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing looked at: `says` is for a person, `record` the exact line to publish, if any."""

    subject: str
    state: State
    says: str
    record: str | None = None


def txt(name: str, value: str) -> str:
    """Return a TXT record as zones write it, its value cut where a string would be too long."""
    strings = [value[i : i + LONGEST_VALUE] for i in range(0, len(value), LONGEST_VALUE)]
    return f"{name}. TXT " + " ".join(f'"{string}"' for string in strings)


def publishable(value: str) -> bool:
    """Say whether a value made of a stranger's record may be proposed for publication."""
    is_plain = value.isascii() and value.isprintable()
    return is_plain and not set(value) & set('"\\;') and len(value) <= LONGEST_PUBLISHED


def shown(text: str) -> str:
    """Return what a stranger's record holds as something that a terminal may show."""
    line = clean_line(text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def not_seen(subject: str) -> Check:
    """Return the check of something about which the name servers did not answer."""
    says = "n'a pu être vérifié : les serveurs de noms n'ont pas répondu ; recommencez plus tard."
    return Check(subject, State.UNKNOWN, says)


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


def check_reverse_names(lookups: Lookups, server: str, domain: str) -> Check:
    """Look at every public address of `server`, which takes the mails of `domain`."""
    subject = f"nom inverse de {shown(server)}"
    try:
        addresses = public(lookups.addresses(server))
        unnamed = [address for address in addresses if not _leads_back(lookups, address)]
    except CouldNotLook:
        return not_seen(subject)
    if not addresses:
        says = "ne peut être vérifié d'ici : on ne connaît à ce serveur aucune adresse publique."
        return Check(subject, State.UNKNOWN, says)
    if not unnamed:
        listed = ", ".join(str(address) for address in addresses)
        return Check(subject, State.FINE, f"{listed} : le nom ramène à l'adresse")
    return _unnamed(subject, server, domain, unnamed)


def _leads_back(lookups: Lookups, address: Address) -> bool:
    return any(address in lookups.addresses(name) for name in lookups.names(address))


def _unnamed(subject: str, server: str, domain: str, unnamed: Sequence[Address]) -> Check:
    listed = ", ".join(str(address) for address in unnamed)
    says = f"aucun nom ne ramène à l'adresse {listed}"
    if not _is_ours(server, domain):
        # A provider often sends from other machines than those that take our mail.
        says += (
            " ; que vos messages partent d'une adresse qui en a un ne peut être vérifié d'ici :"
            " posez la question au fournisseur si des messages sont refusés."
        )
        return Check(subject, State.UNKNOWN, says)
    says += (
        ", et les grandes messageries refusent ce qui en vient : demandez à l'hébergeur du serveur"
        " (lui seul peut le faire, pas celui du nom de domaine) de régler son « nom inverse »."
    )
    record = None
    if not is_address(server):
        record = f"{reverse_name(unnamed[0])}. PTR {ascii_name(server)}."
    return Check(subject, State.LACKING, says, record)


def _is_ours(server: str, domain: str) -> bool:
    """Say whether the server is of the sender's domain, or has no name that tells."""
    name, own = f".{ascii_name(server)}", f".{ascii_name(domain)}"
    return is_address(server) or name.endswith(own) or own.endswith(name)


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


ELSEWHERE = (
    "que vos messages partent d'une adresse autorisée ne peut être vérifié d'ici :"
    " comparez avec la documentation du fournisseur qui les envoie"
)
_ALL = re.compile(r"(?<=\s)[+\-~?]?all(?=\s|$)", re.IGNORECASE)


def check_spf(lookups: Lookups, domain: str, server: str) -> Check:
    """Look at the SPF record of `domain`, whose mails `server` takes."""
    subject = f"SPF de {domain}"
    name = ascii_name(domain)
    try:
        found = records(lookups, name)
        if not found:
            return _missing(subject, name, server)
        if len(found) > 1:
            return _several(subject, name, found)
        return _of_record(lookups, subject, name, server, found[0])
    except CouldNotLook:
        return not_seen(subject)
    except SpfBroken as broken:
        says = (
            f"l'enregistrement est faux, et ceux qui reçoivent l'ignorent : {broken}."
            f" Montrez à {OWNER} ce qui est publié : {shown(found[0])}"
        )
        return Check(subject, State.LACKING, says)


def _missing(subject: str, name: str, server: str) -> Check:
    says = (
        "rien ne dit quels serveurs peuvent envoyer du courrier en votre nom : vos messages"
        f" risquent d'être pris pour des faux. Demandez à {OWNER} de publier un enregistrement ;"
        " si la documentation du fournisseur qui envoie vos messages donne un « include: »,"
        " mettez-le à la place de ce qui précède « ~all »."
    )
    record = _record_for(name, server)
    if record is None:
        says += (
            f" Vu d'ici, {shown(server)} n'a pas d'adresse publique : demandez la sienne à la"
            " personne qui gère le serveur, et publiez « v=spf1 ip4:ADRESSE ~all »."
        )
    return Check(subject, State.LACKING, says, record)


def _several(subject: str, name: str, found: Sequence[str]) -> Check:
    says = (
        f"{len(found)} enregistrements se contredisent, et ceux qui reçoivent n'en lisent"
        f" aucun : {OWNER} doit les remplacer par un seul."
    )
    terms = dict.fromkeys(term for record in found for term in _without_all(record))
    return Check(subject, State.LACKING, says, _record_of(name, list(terms)))


def _of_record(lookups: Lookups, subject: str, name: str, server: str, record: str) -> Check:
    end = end_of(lookups, name, record)
    terms = _without_all(record)
    if end == "-" and not terms:
        says = (
            "l'enregistrement dit que ce domaine n'envoie jamais de courrier : vos messages"
            f" seront refusés. Demandez à {OWNER} d'y mettre le serveur qui les envoie."
        )
        return Check(subject, State.LACKING, says, _record_for(name, server))
    if end == "+":
        says = (
            "l'enregistrement permet au monde entier d'écrire en votre nom (« +all »), et ne"
            f" protège donc de rien : demandez à {OWNER} de le remplacer."
        )
        return Check(subject, State.LACKING, says, _record_of(name, terms))
    if end is None:
        says = (
            "l'enregistrement ne dit pas que faire des autres serveurs (il y manque « ~all »), et"
            f" ne protège donc de rien : demandez à {OWNER} de le compléter."
        )
        return Check(subject, State.LACKING, says, _record_of(name, terms))
    return _of_server(lookups, subject, name, server, record)


def _of_server(lookups: Lookups, subject: str, name: str, server: str, record: str) -> Check:
    addresses = public(lookups.addresses(server))
    outside = [a for a in addresses if not allows(lookups, name, record, a)]
    if addresses and not outside:
        return Check(subject, State.FINE, f"{shown(server)} peut envoyer ({_listed(addresses)})")
    says = f"un enregistrement est publié ; {ELSEWHERE}."
    if outside:
        says += f" Il ne nomme pas {_listed(outside)}, par où {shown(server)} prend le courrier."
    return Check(subject, State.UNKNOWN, says)


def _record_for(name: str, server: str) -> str | None:
    """Return a record for mails from `server`, or None when nobody outside knows that name."""
    try:
        address = ip_address(server.strip("[]"))
    except ValueError:
        host = ascii_name(server)
        return _record_of(name, [f"a:{host}"]) if "." in host else None
    return _record_of(name, [f"ip{address.version}:{address}"]) if public([address]) else None


def _record_of(name: str, terms: Sequence[str]) -> str | None:
    value = " ".join(["v=spf1", *terms, "~all"])
    is_whole = terms and not any(term.casefold().startswith("redirect=") for term in terms)
    return txt(name, value) if is_whole and publishable(value) else None


def _without_all(record: str) -> list[str]:
    return _ALL.sub("", record).split()[1:]


def _listed(addresses: Sequence[object]) -> str:
    return ", ".join(str(address) for address in addresses)


LONGEST_TALK = 5.0  # seconds
LONGEST_NAMING = 1.0  # seconds
MOST_TRIED = 2
SOON = 14  # days
DAY = 86_400  # seconds
# OpenSSL's numbers for what it refuses.
_EXPIRED = 10
_UNKNOWN_ISSUERS = (18, 19, 20, 21)
_OTHER_NAMES = (62, 64)


class _NoAuthority(Exception):
    """The file of the certification authority can't be read."""


class _Plain(smtplib.SMTP):
    """A client that knows where the server is, and whose socket the deadline watches."""

    def __init__(self, deadline: Deadline, addresses: Sequence[str], *args: Any, **options: Any):
        self._deadline = deadline
        self._addresses = addresses[:MOST_TRIED]
        smtplib.SMTP.__init__(self, *args, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = self._connected(port)
        self._deadline.watch(made)
        made.settimeout(timeout)
        if self._deadline.is_over:
            made.close()
            raise TimeoutError
        return made

    def _connected(self, port: int) -> socket.socket:
        failed: OSError = ConnectionError("the name of the server leads nowhere")
        for address in self._addresses:
            try:
                return socket.create_connection((address, port), LONGEST_TALK / MOST_TRIED)
            except OSError as error:
                failed = error
        raise failed


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """The same with TLS from the first byte."""

    def __init__(self, deadline: Deadline, addresses: Sequence[str], *args: Any, **options: Any):
        self._deadline = deadline
        self._addresses = addresses[:MOST_TRIED]
        smtplib.SMTP_SSL.__init__(self, *args, **options)


def check_tls(settings: Mapping[str, Any], lookups: Lookups) -> Check:
    """Begin to talk to the server as mails do, and look at its certificate."""
    server = settings["MAIL_SERVER"]
    subject = f"TLS de {shown(server)}"
    addresses = _addresses(lookups, server)
    deadline = Deadline(LONGEST_TALK)
    try:
        with deadline.running():
            end = _end_of_certificate(settings, addresses, deadline)
    except ssl.SSLCertVerificationError as error:
        return Check(subject, State.LACKING, _refused(server, error))
    except smtplib.SMTPNotSupportedError:
        says = (
            "le serveur n'offre pas de chiffrement à ce port, et rien ne part : essayez"
            " MAIL_PORT=587, ou MAIL_PORT=465 avec MAIL_USE_SSL=on."
        )
        return Check(subject, State.LACKING, says)
    except _NoAuthority:
        says = "MAIL_CAFILE ne nomme pas un fichier de certificats lisible : corrigez-le."
        return Check(subject, State.LACKING, says)
    except (OSError, ValueError) as error:
        return _unreached(subject, settings["MAIL_PORT"], error, was_cut=deadline.is_over)
    finally:
        deadline.forget()
    return _of_days(subject, int((end - now().timestamp()) // DAY))


def _end_of_certificate(
    settings: Mapping[str, Any], addresses: Sequence[str], deadline: Deadline
) -> float:
    """Return until when the certificate holds, in seconds since 1970, once it is verified."""
    context = _context(settings["MAIL_CAFILE"])
    name = urlsplit(settings["BASE_URL"]).hostname or "localhost"
    where = (deadline, addresses, settings["MAIL_SERVER"], settings["MAIL_PORT"], name)
    host: smtplib.SMTP
    if settings["MAIL_USE_SSL"]:
        host = _Encrypted(*where, timeout=LONGEST_TALK, context=context)
    else:
        host = _Plain(*where, timeout=LONGEST_TALK)
    try:
        if not settings["MAIL_USE_SSL"]:
            host.starttls(context=context)
        made: Any = host.sock
        end: str = made.getpeercert()["notAfter"]
        with suppress(OSError):
            host.quit()
    finally:
        host.close()
    return ssl.cert_time_to_seconds(end)


def _context(cafile: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile or None)
    except (OSError, ValueError) as error:
        raise _NoAuthority from error


def _addresses(lookups: Lookups, server: str) -> list[str]:
    """Return where the server is, from the name servers or from what this machine alone knows."""
    with suppress(CouldNotLook):
        known = [str(address) for address in lookups.addresses(server)]
        if known:
            return known
    found: list[str] = []
    # The system's own look-up takes no timeout: it is left behind when it does not answer.
    asking = threading.Thread(target=_ask_system, args=(server, found), daemon=True)
    asking.start()
    asking.join(LONGEST_NAMING)
    return found


def _ask_system(server: str, found: list[str]) -> None:
    with suppress(OSError, UnicodeError):
        for answer in socket.getaddrinfo(server, None, type=socket.SOCK_STREAM):
            found.append(str(answer[4][0]))


def _refused(server: str, error: ssl.SSLCertVerificationError) -> str:
    says = "le certificat du serveur est refusé, et rien ne part : "
    if error.verify_code == _EXPIRED:
        return says + "il a expiré ; la personne qui gère le serveur doit le renouveler."
    if error.verify_code in _OTHER_NAMES:
        return says + (
            f"il n'est pas fait pour le nom {shown(server)} ; donnez à MAIL_SERVER le nom exact"
            " que le fournisseur indique."
        )
    if error.verify_code in _UNKNOWN_ISSUERS:
        return says + (
            "une autorité inconnue l'a signé ; si c'est la vôtre, donnez son fichier à"
            " MAIL_CAFILE, sinon demandez un vrai certificat à la personne qui gère le serveur."
        )
    return says + "montrez ceci à la personne qui gère le serveur : " + shown(error.verify_message)


def _unreached(subject: str, port: int, error: Exception, *, was_cut: bool) -> Check:
    if isinstance(error, ssl.SSLError) and not was_cut:
        says = (
            f"au port {port}, le serveur ne chiffre pas comme on le lui demande, et rien ne part :"
            " MAIL_USE_SSL=on va avec le port 465, MAIL_USE_SSL=off avec le port 587."
        )
        return Check(subject, State.LACKING, says)
    says = (
        f"n'a pu être vérifié : le serveur ne répond pas d'ici au port {port}. Vérifiez MAIL_SERVER"
        " et MAIL_PORT, le réseau, et que l'hébergeur de ce site laisse sortir vers ce port."
    )
    return Check(subject, State.UNKNOWN, says)


def _of_days(subject: str, days: int) -> Check:
    if days < SOON:
        says = (
            f"le certificat du serveur expire dans {days} j, et plus rien ne partira : la personne"
            " qui gère le serveur doit le renouveler maintenant."
        )
        return Check(subject, State.LACKING, says)
    return Check(subject, State.FINE, f"certificat vérifié, valable encore {days} j")


ED25519_BYTES = 32
SHORTEST_KEY, GOOD_KEY = 1024, 2048  # bits
LONGEST_KEY = 4096  # signs of base64: more is no key
_SELECTOR = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_POLICIES = {"none", "quarantine", "reject"}
# Names under which strangers register: two domains that share only these are not related.
_SHARED = frozenset(["ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "nom", "org"])


def check_key(lookups: Lookups, domain: str, selector: str) -> Check:
    """Look at the key with which receivers verify the signature of the domain's mails."""
    subject = f"DKIM de {domain}"
    if not selector:
        says = (
            "la signature ne peut être vérifiée d'ici sans son « sélecteur » : le fournisseur"
            " qui envoie vos messages le donne (page « DKIM » ou « authentification »), et"
            " l'en-tête « DKIM-Signature » d'un message reçu aussi (après « s= »). Donnez-le à"
            " MAIL_DKIM_SELECTOR."
        )
        return Check(subject, State.UNKNOWN, says)
    if _SELECTOR.fullmatch(selector) is None:
        says = (
            f"« {shown(selector)} » n'est pas un sélecteur : corrigez MAIL_DKIM_SELECTOR (lettres,"
            " chiffres, « - », « _ » et points)."
        )
        return Check(subject, State.LACKING, says)
    name = f"{selector}._domainkey.{ascii_name(domain)}"
    try:
        found = lookups.texts(name)
    except CouldNotLook:
        return not_seen(subject)
    return _of_keys(subject, name, [text for text in found if "p" in _tags(text)])


def _of_keys(subject: str, name: str, found: list[str]) -> Check:
    asking = f"demandez la bonne valeur au fournisseur qui envoie vos messages, puis à {OWNER} de"
    if not found:
        says = (
            "aucune clé n'est publiée : la signature de vos messages ne peut être vérifiée, et ils"
            f" risquent d'être écartés. Pour y remédier, {asking} la publier sous {name} (TXT) ;"
            " vérifiez aussi MAIL_DKIM_SELECTOR."
        )
        return Check(subject, State.LACKING, says)
    if len(found) > 1:
        says = f"{len(found)} clés sont publiées sous {name} : {asking} n'en garder qu'une (TXT)."
        return Check(subject, State.LACKING, says)
    fault, advice = _judge(_tags(found[0]))
    if fault:
        return Check(subject, State.LACKING, f"{fault} : {asking} remplacer {name} (TXT).")
    return Check(subject, State.FINE, f"une clé est publiée{advice}")


def _judge(tags: Mapping[str, str]) -> tuple[str | None, str]:
    """Return what is wrong with a key, and what could be better."""
    if tags.get("v", "DKIM1") != "DKIM1":
        return "l'enregistrement n'est pas une clé (il doit commencer par « v=DKIM1 »)", ""
    if not tags["p"]:
        return "la clé a été révoquée (« p= » est vide), et vos messages passent pour faux", ""
    bits = _bits(tags)
    if bits is None:
        return "la clé est abîmée, sans doute mal recopiée", ""
    if bits < SHORTEST_KEY:
        return f"la clé est trop courte ({bits} bits) et n'est plus acceptée", ""
    advice = ""
    if bits < GOOD_KEY and tags.get("k", "rsa") == "rsa":
        advice += f", de {bits} bits : à l'occasion, demandez-en une de {GOOD_KEY}"
    if "y" in tags.get("t", "").split(":"):
        advice += ", mais à l'essai : faites retirer « t=y » quand tout va bien"
    return None, advice


def _bits(tags: Mapping[str, str]) -> int | None:
    """Return the length of a key, or None when it is no key."""
    encoded = "".join(tags["p"].split())
    try:
        raw = base64.b64decode(encoded[:LONGEST_KEY], validate=True)
        if tags.get("k", "rsa") == "ed25519":
            return GOOD_KEY if len(raw) == ED25519_BYTES else None
        key = load_der_public_key(raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def check_policy(lookups: Lookups, sender: str, return_domain: str, *, is_signed: bool) -> Check:
    """Look at what receivers are told to do with forgeries, and whether ours would be one."""
    domain = sender.rpartition("@")[2]
    subject = f"DMARC de {domain}"
    name = ascii_name(domain)
    try:
        at, found = _policies(lookups, name)
    except CouldNotLook:
        return not_seen(subject)
    wanted = txt(f"_dmarc.{name}", f"v=DMARC1; p=none; rua=mailto:{for_envelope(sender)}")
    if len(found) != 1:
        return Check(subject, State.LACKING, _not_one(len(found)), wanted)
    tags = _tags(found[0])
    policy = tags.get("p", "").casefold()
    if policy not in _POLICIES:
        says = (
            f"l'enregistrement ne dit pas que faire (« p= » manque ou est faux) : demandez à"
            f" {OWNER} de le remplacer."
        )
        return Check(subject, State.LACKING, says, wanted)
    if at != name:
        policy = tags.get("sp", policy).casefold()
    is_aligned = _are_aligned(
        name, ascii_name(return_domain), at, is_strict=tags.get("aspf", "r").casefold() == "s"
    )
    return _of_alignment(subject, domain, return_domain, policy, (is_aligned, is_signed))


def _of_alignment(
    subject: str, domain: str, return_domain: str, policy: str, holds: tuple[bool, bool]
) -> Check:
    is_aligned, is_signed = holds
    if is_aligned:
        says = f"{_meaning(policy)} ; l'expéditeur et l'adresse de retour vont ensemble"
        return Check(subject, State.FINE, says)
    apart = (
        f"{_meaning(policy)} ; l'adresse de retour est à {shown(return_domain)} et l'expéditeur à"
        f" {shown(domain)} : SPF ne compte donc pas"
    )
    if is_signed:
        says = f"{apart}, et tout tient à la signature DKIM, qui doit être faite pour {domain}"
        return Check(subject, State.FINE, says)
    says = (
        f"{apart}, et rien d'autre ne montre que vos messages sont de vous. Donnez à"
        f" MAIL_RETURN_PATH une adresse de {shown(domain)}, ou demandez au fournisseur qui envoie"
        f" vos messages une signature DKIM au nom de {shown(domain)}."
    )
    return Check(subject, State.LACKING, says)


def _policies(lookups: Lookups, name: str) -> tuple[str, list[str]]:
    """Return the policies of the nearest domain that has any, and that domain."""
    labels = name.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        texts = lookups.texts(f"_dmarc.{at}")
        found = [text for text in texts if _tags(text).get("v", "").casefold() == "dmarc1"]
        if found:
            return at, found
    return name, []


def _not_one(count: int) -> str:
    if count:
        return (
            f"{count} enregistrements se contredisent, et ceux qui reçoivent n'en lisent aucun :"
            f" demandez à {OWNER} de n'en garder qu'un."
        )
    return (
        "rien ne dit à ceux qui reçoivent que faire des faux messages écrits en votre nom, et"
        " certains écartent les vrais : demandez à"
        f" {OWNER} de publier cet enregistrement, qui ne fait refuser aucun message."
    )


def _meaning(policy: str) -> str:
    return {
        "none": "les faux messages sont signalés, mais pas écartés (« p=none »)",
        "quarantine": "les faux messages vont dans les indésirables",
        "reject": "les faux messages sont refusés",
    }.get(policy, "un enregistrement est publié")


def _are_aligned(sender: str, returning: str, at: str, *, is_strict: bool) -> bool:
    """Say whether two domains are of one owner, as DMARC sees it.

    No list of public suffixes is at hand: domains are related when one is above the other, both
    are under the domain `at` of the policy, or share a parent that only one owner can have.
    """
    if sender == returning or is_strict:
        return sender == returning
    if all(f".{domain}".endswith(f".{at}") for domain in (sender, returning)):
        return True
    if f".{sender}".endswith(f".{returning}") or f".{returning}".endswith(f".{sender}"):
        return True
    shared = sender.split(".")[-2:]
    return shared == returning.split(".")[-2:] and shared[0] not in _SHARED


def _tags(text: str) -> dict[str, str]:
    """Return the `name=value` of a record by name."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().casefold(): value.strip() for name, equals, value in pairs if equals}


def examine(
    settings: Mapping[str, Any], resolver: dns.resolver.Resolver | None = None
) -> list[Check]:
    """Return what was found, in the order in which to mend it; nothing when no mail leaves.

    It ends within 15 seconds whatever the net does, and raises nothing.
    """
    if not settings["MAIL_SERVER"]:
        return []
    addresses = _check_addresses(settings)
    if any(check.state is State.LACKING for check in addresses):
        return addresses
    lookups = Lookups(resolver)
    sender = settings["MAIL_SENDER"]
    domain = sender.rpartition("@")[2]
    if not lookups.sees(domain):
        return [*addresses, _nobody_answers(domain)]
    exchange = _check_exchange(lookups, domain)
    return [*addresses, *_records(settings, lookups), exchange, *_server(settings, lookups)]


def _records(settings: Mapping[str, Any], lookups: Lookups) -> list[Check]:
    """Look at what the domains of the sender and of the return path publish."""
    server, sender = settings["MAIL_SERVER"], settings["MAIL_SENDER"]
    domain = sender.rpartition("@")[2]
    returning = (settings["MAIL_RETURN_PATH"] or sender).rpartition("@")[2]
    selector = settings["MAIL_DKIM_SELECTOR"]
    # The quick looks come first: a record that includes many others may take all the time left.
    key = check_key(lookups, domain, selector)
    policy = check_policy(
        lookups, sender, returning, is_signed=bool(selector) and key.state is State.FINE
    )
    rights = [check_spf(lookups, domain, server)]
    exchanges = []
    if ascii_name(returning) != ascii_name(domain):
        rights.append(check_spf(lookups, returning, server))
        exchanges.append(_check_exchange(lookups, returning))
    return [*rights, key, policy, *exchanges]


def _server(settings: Mapping[str, Any], lookups: Lookups) -> list[Check]:
    server, sender = settings["MAIL_SERVER"], settings["MAIL_SENDER"]
    checks = [check_reverse_names(lookups, server, sender.rpartition("@")[2])]
    if settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]:
        checks.append(check_tls(settings, lookups))
    # Without either, the look at the settings has already said that nothing is encrypted.
    return checks


def _check_addresses(settings: Mapping[str, Any]) -> list[Check]:
    """Look at how our own addresses are written."""
    named = {"MAIL_SENDER": "adresse d'expéditeur", "MAIL_RETURN_PATH": "adresse de retour"}
    checks = []
    for setting, subject in named.items():
        address = settings[setting]
        if setting == "MAIL_RETURN_PATH" and not address:
            continue
        if _is_address(address):
            checks.append(Check(subject, State.FINE, shown(address)))
            continue
        says = (
            f"« {shown(address)} » n'est pas une adresse électronique : donnez à {setting} une"
            " adresse seule, comme contact@exemple.fr."
        )
        checks.append(Check(subject, State.LACKING, says))
    return checks


def _is_address(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return is_sendable(address)


def _check_exchange(lookups: Lookups, domain: str) -> Check:
    """Look at whether replies and returned mails find a box."""
    subject = f"MX de {domain}"
    try:
        hosts = lookups.exchanges(domain)
        has_address = not hosts and bool(lookups.addresses(domain))
    except CouldNotLook:
        return not_seen(subject)
    if any(hosts):
        return Check(subject, State.FINE, f"le courrier y est reçu par {shown(hosts[0])}")
    lost = "les réponses à vos messages et les avis d'échec se perdent"
    asking = f"demandez à {OWNER} de publier le « MX » que donne l'hébergeur de votre boîte"
    if hosts:
        says = f"le domaine annonce qu'il ne reçoit aucun courrier : {lost}. Sinon, {asking}."
    elif has_address:
        says = f"aucun serveur n'est nommé pour recevoir le courrier, qui va au site : {asking}."
    else:
        says = f"aucun serveur n'est nommé pour recevoir le courrier : {lost} ; {asking}."
    return Check(subject, State.LACKING, says)


def _nobody_answers(domain: str) -> Check:
    says = (
        "rien n'a pu être vérifié (SPF, DKIM, DMARC, MX, nom inverse, TLS) : aucun serveur de noms"
        " utile ne répond d'ici. Recommencez « consultation doctor » depuis une machine qui a"
        " l'internet ; si c'est celle du site, vérifiez son réseau."
    )
    return Check(f"domaine {domain}", State.UNKNOWN, says)
