"""Checks of the sending domain, in the order in which to mend what is lacking.

Each says whether what receivers look for is present and plausible.  SPF is not evaluated as they do
(RFC 7208): a record that is included is only looked for, and a server that the record does not name
itself is `UNKNOWN`, never an error.
"""

import base64
import enum
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import dns.resolver
import dns.reversename
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from email_validator import EmailNotValidError, validate_email

from consultation.clock import now
from consultation.mail.addresses import for_envelope, is_sendable
from consultation.mail.domain_check.lookups import (
    Address,
    Lookups,
    NoAnswer,
    address_in,
    ascii_name,
    is_local,
)
from consultation.mail.transport import Deadline, SmtpServer, UnreadableAuthority
from consultation.text import clean_line

MAX_DISPLAYED = 120  # characters of a stranger's record
MAX_SPF_LOOKUPS = 10
MAX_PUBLISHED = 255  # bytes, of one string of a TXT record
MAX_KEY, MIN_KEY_BITS, ED25519_BYTES = 4096, 1024, 32  # the first in characters of base64
SMTP_TIMEOUT = 5.0  # seconds to connect to each address, and for the whole conversation
EXPIRES_SOON = 14  # days

_OWNER = "la personne qui gère le nom de domaine"
_OFFLINE = (
    "rien n'a pu être vérifié (SPF, DKIM, DMARC, MX, nom inverse, TLS) : aucun serveur de noms"
    " utile ne répond d'ici. Recommencez « consultation doctor » depuis une machine qui a"
    " l'internet ; si c'est celle du site, vérifiez son réseau."
)
_SILENT = (
    "n'a pas pu être vérifié : les serveurs de noms n'ont pas répondu ; recommencez plus tard."
)
_NOT_FROM_HERE = "ne peut pas être vérifié d'ici"


class State(enum.Enum):
    """Result of a check; `UNKNOWN` is no error: it could not be verified from here."""

    FINE = "fine"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One check: `says` is for a person, `record` the exact line to publish, if any."""

    subject: str
    state: State
    says: str
    record: str | None = None


Outcome = tuple[State, str] | tuple[State, str, str | None]
"""A check without its subject."""


def examine(
    settings: Mapping[str, Any], resolver: dns.resolver.Resolver | None = None
) -> list[Check]:
    """Make all checks, in the order in which to mend them; none when no mail leaves.

    Raises nothing, and ends within `DNS_BUDGET` plus `SMTP_TIMEOUT` for each address of the server.
    """
    if not settings["MAIL_SERVER"]:
        return []
    checks = [_address("adresse d'expéditeur", "MAIL_SENDER", settings)]
    if settings["MAIL_RETURN_PATH"]:
        checks.append(_address("adresse de retour", "MAIL_RETURN_PATH", settings))
    if any(check.state is State.LACKING for check in checks):
        return checks
    lookups, domain = Lookups(resolver), _domain_of(settings["MAIL_SENDER"])
    if not lookups.is_online(domain):
        return [*checks, Check(f"domaine {domain}", State.UNKNOWN, _OFFLINE)]
    return [*checks, *_examine_online(lookups, settings)]


def _address(subject: str, setting: str, settings: Mapping[str, Any]) -> Check:
    address = settings[setting]
    with suppress(EmailNotValidError):
        validate_email(address, check_deliverability=False)
        if is_sendable(address):
            return Check(subject, State.FINE, displayed(address))
    says = (
        f"« {displayed(address)} » n'est pas une adresse électronique : donnez à {setting} une"
        " adresse seule, comme contact@exemple.fr."
    )
    return Check(subject, State.LACKING, says)


def _examine_online(lookups: Lookups, settings: Mapping[str, Any]) -> Iterator[Check]:
    def check(subject: str, function: Callable[..., Outcome], *arguments: Any) -> Check:
        try:
            return Check(subject, *function(lookups, *arguments))
        except NoAnswer:
            return Check(subject, State.UNKNOWN, _SILENT)

    host, sender = settings["MAIL_SERVER"], settings["MAIL_SENDER"]
    domain, return_domain = _domain_of(sender), _domain_of(settings["MAIL_RETURN_PATH"] or sender)
    is_same = ascii_name(return_domain) == ascii_name(domain)
    domains = [domain] if is_same else [domain, return_domain]
    for name in domains:
        yield check(f"SPF de {name}", check_spf, name, host)
    key = check(f"DKIM de {domain}", check_dkim, domain, settings["MAIL_DKIM_SELECTOR"])
    yield key
    is_signed = key.state is State.FINE
    yield check(f"DMARC de {domain}", check_dmarc, sender, return_domain, is_signed)
    for name in domains:
        yield check(f"MX de {name}", check_mx, name)
    yield check(f"nom inverse de {displayed(host)}", check_reverse, host, domain)
    if settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]:  # else `doctor` reports it by itself
        yield check(f"TLS de {displayed(host)}", check_tls, settings)


_DIRECTIVE = re.compile(
    r"[+\-~?]?(?:all|ptr(?::[!-~]+)?|(?:a|mx)(?::[!-~]+)?(?:/[0-9/]+)?"
    r"|(?:include|exists|ip4|ip6):[!-~]+)|[a-z][a-z0-9_.-]*=[!-~]*",
    re.IGNORECASE,
)
_LOOKUP = re.compile(r"[+\-~?]?(?:(?:a|mx|ptr)\b|(?:include|exists):)|redirect=", re.IGNORECASE)
_OTHER_RECORD = re.compile(r"(?:\+?include:|redirect=)([^%]+)", re.IGNORECASE)
_NETWORK = re.compile(r"[+\-~?]?ip[46]:", re.IGNORECASE)
_ALL = re.compile(r"([+\-~?]?)all", re.IGNORECASE)
_NO_SPF = (
    "rien ne dit quels serveurs peuvent envoyer du courrier en votre nom : vos messages risquent"
    f" d'être pris pour des faux. Demandez à {_OWNER} de publier un enregistrement, avec le"
    " « include: » que donne la documentation de votre fournisseur, ou sinon avec l'adresse"
    " publique de votre serveur (« v=spf1 ip4:ADRESSE ~all »)."
)
_WRONG_SPF = (
    "ce qui est publié nuit à vos messages, ou ne protège de rien : {error}. Demandez à"
    f" {_OWNER} de le remplacer par un seul enregistrement, qui nomme ce qui envoie vos messages et"
    " finit par « ~all »."
)


def check_spf(lookups: Lookups, domain: str, server: str) -> Outcome:
    """Check the SPF record of `domain`, whose mails `server` takes."""
    name = ascii_name(domain)
    records = _spf_records(lookups, name)
    directives = [part for record in records for part in record.split()[1:]]
    named = [part for part in dict.fromkeys(directives) if not _ALL.fullmatch(part)]
    proposal = [*(named or _directives_for(server)), "~all"]
    is_whole = len(proposal) > 1 and not (_redirects(proposal) or _spf_error(proposal))
    record = _txt(name, " ".join(["v=spf1", *proposal])) if is_whole else None
    if not records:
        return State.LACKING, _NO_SPF, record
    error = "plusieurs enregistrements se contredisent" if len(records) > 1 else None
    if error := error or _spf_error(directives):
        return State.LACKING, _WRONG_SPF.format(error=error), record
    for other in filter(None, map(_OTHER_RECORD.fullmatch, named)):
        if len(_spf_records(lookups, other[1])) != 1:
            error = f"il renvoie à {displayed(other[1])}, où ne se trouve pas un enregistrement"
            return State.LACKING, _WRONG_SPF.format(error=error)
    return _spf_server(lookups, server, named)


def _spf_records(lookups: Lookups, name: str) -> list[str]:
    return [text for text in lookups.texts(name) if f"{text} ".casefold().startswith("v=spf1 ")]


def _spf_error(directives: Sequence[str]) -> str | None:
    """Look for what makes receivers ignore a record, or what it says of all other servers."""
    for directive in directives:
        if not _is_directive(directive):
            return f"« {displayed(directive)} » n'y est pas compris"
    if sum(bool(_LOOKUP.match(directive)) for directive in directives) > MAX_SPF_LOOKUPS:
        return "il demande plus de dix recherches"
    policies = [match[1] or "+" for part in directives if (match := _ALL.fullmatch(part))]
    if policies == ["-"] and len(directives) == 1:
        return "il refuse tous les serveurs, le vôtre aussi"
    if policies[:1] == ["+"] or not (policies or _redirects(directives)):
        return "il n'arrête aucun serveur (il dit « +all », ou il y manque « ~all »)"
    return None


def _is_directive(text: str) -> bool:
    with suppress(ValueError):
        _networks([text])
        return _DIRECTIVE.fullmatch(text) is not None
    return False


def _redirects(directives: Sequence[str]) -> bool:
    return any(directive.casefold().startswith("redirect=") for directive in directives)


def _networks(directives: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Read the networks that a record names; raise `ValueError`."""
    return [ip_network(_NETWORK.sub("", d), strict=False) for d in directives if _NETWORK.match(d)]


def _directives_for(server: str) -> list[str]:
    """Name `server` in a record; nothing does where it has no public name or address."""
    if address := address_in(server):
        return [] if is_local(address) else [f"ip{address.version}:{address}"]
    return [f"a:{host}"] if "." in (host := ascii_name(server)) else []


def _spf_server(lookups: Lookups, server: str, directives: Sequence[str]) -> Outcome:
    allowed = [directive.casefold().removeprefix("+") for directive in directives]
    networks = _networks([directive for directive in allowed if directive.startswith("ip")])
    addresses = _public_addresses(lookups, server)
    is_named = all(any(address in network for network in networks) for address in addresses)
    if addresses and (is_named or f"a:{ascii_name(server)}" in allowed):
        return State.FINE, f"{displayed(server)} peut envoyer ({_listed(addresses)})"
    says = (
        "un enregistrement est publié, et ne nomme pas lui-même le serveur qui prend le courrier ;"
        f" que vos messages partent d'une adresse autorisée {_NOT_FROM_HERE} : comparez avec la"
        " documentation du fournisseur qui les envoie."
    )
    return State.UNKNOWN, says


_NO_SELECTOR = (
    "la signature ne peut pas être vérifiée d'ici sans son « sélecteur » : le fournisseur qui"
    " envoie vos messages le donne (page « DKIM » ou « authentification »), et l'en-tête"
    " « DKIM-Signature » d'un message reçu aussi (après « s= »). Donnez-le à"
    " CONSULTATION_MAIL_DKIM_SELECTOR."
)


def check_dkim(lookups: Lookups, domain: str, selector: str) -> Outcome:
    """Check the key with which receivers verify the signature of the domain's mails."""
    if not selector:
        return State.UNKNOWN, _NO_SELECTOR
    name = f"{selector}._domainkey.{ascii_name(domain)}"
    keys = [tags for text in lookups.texts(name) if "p" in (tags := _tags(text))]
    if len(keys) == 1 and _is_accepted(keys[0]):
        return State.FINE, "une clé est publiée"
    wrong = "la clé est révoquée, abîmée ou trop courte, ou il y en a plusieurs"
    says = wrong if keys else "aucune clé n'est publiée"
    says += (
        ", et vos messages risquent d'être écartés : vérifiez CONSULTATION_MAIL_DKIM_SELECTOR,"
        " demandez la bonne valeur au fournisseur qui les envoie, puis à"
        f" {_OWNER} de ne publier qu'elle sous {clean_line(name)} (TXT)."
    )
    return State.LACKING, says


def _is_accepted(tags: Mapping[str, str]) -> bool:
    """Recognise a key of Ed25519, or one of RSA that is long enough."""
    try:
        raw = base64.b64decode("".join(tags["p"].split())[:MAX_KEY], validate=True)
        if tags.get("k") == "ed25519":
            return len(raw) == ED25519_BYTES
        key = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS


_POLICIES = {
    "none": "les faux messages sont signalés, mais pas écartés (« p=none »)",
    "quarantine": "les faux messages vont dans les indésirables",
    "reject": "les faux messages sont refusés",
}
_NO_POLICY = (
    "rien ne dit à ceux qui reçoivent que faire des faux messages écrits en votre nom, et certains"
    f" écartent les vrais : demandez à {_OWNER} de publier cet enregistrement, seul, qui ne fait"
    " refuser aucun message."
)
# Names under which strangers register: two domains that share only these are not related.
_SHARED = frozenset(["ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "nom", "org"])


def check_dmarc(lookups: Lookups, sender: str, return_domain: str, is_signed: bool) -> Outcome:
    """Check what receivers do with forgeries, and whether ours would be one."""
    domain = _domain_of(sender)
    name = ascii_name(domain)
    at, policies = _dmarc_policies(lookups, name)
    tags = policies[0] if len(policies) == 1 else {}
    policy = tags.get("p", "").casefold()
    if policy not in _POLICIES:
        record = _txt(f"_dmarc.{name}", f"v=DMARC1; p=none; rua=mailto:{for_envelope(sender)}")
        return State.LACKING, _NO_POLICY, record
    policy = policy if at == name else tags.get("sp", policy).casefold()
    meaning = _POLICIES.get(policy, "un enregistrement est publié")
    is_strict = tags.get("aspf", "r").casefold() == "s"
    if _are_aligned(name, ascii_name(return_domain), at, is_strict=is_strict):
        return State.FINE, f"{meaning} ; l'expéditeur et l'adresse de retour vont ensemble"
    says = f"{meaning} ; l'adresse de retour n'est pas à {domain}, et SPF ne compte donc pas"
    if is_signed:
        says += f" : tout tient à la signature DKIM, qui doit être faite pour {domain}"
        return State.FINE, says
    says += (
        f". Donnez à CONSULTATION_MAIL_RETURN_PATH une adresse de {domain}, ou demandez au"
        f" fournisseur qui envoie vos messages une signature DKIM au nom de {domain}."
    )
    return State.LACKING, says


def _dmarc_policies(lookups: Lookups, name: str) -> tuple[str, list[dict[str, str]]]:
    """Find the nearest domain above `name` that publishes a policy, and its policies."""
    labels = name.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        policies = [_tags(text) for text in lookups.texts(f"_dmarc.{at}")]
        policies = [tags for tags in policies if tags.get("v", "").casefold() == "dmarc1"]
        if policies:
            return at, policies
    return name, []


def _are_aligned(sender: str, return_domain: str, at: str, *, is_strict: bool) -> bool:
    """Compare two domains as DMARC does, without a list of public suffixes.

    Domains are related when both are under the domain `at` of the policy, one is above the other,
    or they share a parent that only one owner can have.
    """
    if sender == return_domain or is_strict:
        return sender == return_domain
    pairs = ((sender, return_domain), (return_domain, sender), (return_domain, at))
    if any(f".{below}".endswith(f".{above}") for below, above in pairs):
        return True
    parent = sender.split(".")[-2:]
    return parent == return_domain.split(".")[-2:] and parent[0] not in _SHARED


def check_mx(lookups: Lookups, domain: str) -> Outcome:
    """Check that replies and returned mails find a mailbox."""
    records = sorted(lookups.records(domain, "MX"), key=lambda record: int(record.preference))
    hosts = [host for record in records if (host := str(record.exchange).rstrip("."))]
    if hosts:
        return State.FINE, f"le courrier y est reçu par {displayed(hosts[0])}"
    says = (
        "aucun serveur n'est nommé pour recevoir le courrier : les réponses à vos messages et les"
        f" avis d'échec se perdent ; demandez à {_OWNER} de publier le « MX » que donne"
        " l'hébergeur de votre boîte."
    )
    return State.LACKING, says


def check_reverse(lookups: Lookups, server: str, domain: str) -> Outcome:
    """Check that every public address of `server` has a name that leads back to it."""
    addresses = _public_addresses(lookups, server)
    if not addresses:
        return State.UNKNOWN, f"{_NOT_FROM_HERE} : ce serveur n'a pas d'adresse publique connue."
    pointers = {address: dns.reversename.from_address(str(address)) for address in addresses}
    unnamed = [
        address
        for address, pointer in pointers.items()
        if not any(
            address in lookups.addresses(str(record.target))
            for record in lookups.records(str(pointer), "PTR")
        )
    ]
    if not unnamed:
        return State.FINE, f"{_listed(addresses)} : le nom ramène à l'adresse"
    says = f"aucun nom ne ramène à l'adresse {_listed(unnamed)}"
    host, own = f".{ascii_name(server)}", f".{ascii_name(domain)}"
    is_address = address_in(server) is not None
    if not (is_address or host.endswith(own) or own.endswith(host)):
        # A provider often sends from other machines than those that take our mail.
        says += (
            f" ; que vos messages partent d'une adresse qui en a un {_NOT_FROM_HERE} : posez la"
            " question au fournisseur si des messages sont refusés."
        )
        return State.UNKNOWN, says
    says += (
        ", et les grandes messageries refusent ce qui en vient : demandez à l'hébergeur du serveur"
        " (lui seul peut le faire, pas celui du nom de domaine) de régler son « nom inverse »."
    )
    record = f"{pointers[unnamed[0]]} PTR {ascii_name(server)}."
    return State.LACKING, says, None if is_address else record


_REFUSALS = {10: "il a expiré", 62: "il n'est pas fait pour ce nom"}
_REFUSALS |= {64: _REFUSALS[62]} | dict.fromkeys(
    (18, 19, 20, 21), "une autorité inconnue l'a signé"
)
"""What the numbers mean by which OpenSSL says why it refuses a certificate."""


def check_tls(lookups: Lookups, settings: Mapping[str, Any]) -> Outcome:
    """Connect as the delivery loop does, and check the certificate."""
    lookups.addresses(settings["MAIL_SERVER"])  # where it is unknown, connecting would wait for it
    server = replace(SmtpServer.from_settings(settings), timeout=SMTP_TIMEOUT)
    deadline = Deadline(SMTP_TIMEOUT)
    try:
        with deadline.running(), closing(server.connect(deadline)) as client:
            connection: Any = client.sock
            expires_at = ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
            with suppress(OSError):
                client.quit()
    except (OSError, ValueError) as error:
        return _tls_error(server, error, was_cut=deadline.is_over)
    finally:
        deadline.forget()
    days = (datetime.fromtimestamp(expires_at, UTC) - now()).days
    if days >= EXPIRES_SOON:
        return State.FINE, f"certificat vérifié, valable encore {days} j"
    says = (
        f"le certificat du serveur expire dans {days} j, et plus rien ne partira : la personne qui"
        " gère le serveur doit le renouveler maintenant."
    )
    return State.LACKING, says


def _tls_error(server: SmtpServer, error: Exception, *, was_cut: bool) -> Outcome:
    if isinstance(error, UnreadableAuthority):
        return State.LACKING, "CONSULTATION_MAIL_CAFILE n'est pas lisible : corrigez-le."
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _REFUSALS.get(error.verify_code, displayed(error.verify_message))
        says = (
            f"le certificat du serveur est refusé ({reason}), et rien ne part : donnez à"
            " CONSULTATION_MAIL_SERVER le nom exact qu'indique le fournisseur, à"
            " CONSULTATION_MAIL_CAFILE le fichier de votre autorité si c'est la vôtre, ou demandez"
            " un autre certificat à la personne qui gère le serveur."
        )
        return State.LACKING, says
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError) and not was_cut:
        says = (
            f"au port {server.port}, le serveur ne chiffre pas comme on le lui demande, et rien ne"
            " part : CONSULTATION_MAIL_USE_SSL=on va avec le port 465,"
            " CONSULTATION_MAIL_USE_SSL=off avec le port 587."
        )
        return State.LACKING, says
    says = (
        f"n'a pas pu être vérifié : le serveur ne répond pas d'ici au port {server.port}. Vérifiez"
        " CONSULTATION_MAIL_SERVER et CONSULTATION_MAIL_PORT, et que l'hébergeur de ce site laisse"
        " sortir vers ce port."
    )
    return State.UNKNOWN, says


def displayed(text: str) -> str:
    """Show a stranger's text as one short line that a terminal may display."""
    line = clean_line(text)
    return line if len(line) <= MAX_DISPLAYED else f"{line[:MAX_DISPLAYED]}…"


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _public_addresses(lookups: Lookups, server: str) -> list[Address]:
    return [address for address in lookups.addresses(server) if not is_local(address)]


def _listed(addresses: Sequence[Address]) -> str:
    return ", ".join(map(str, addresses))


def _tags(text: str) -> dict[str, str]:
    """Read the pairs `name=value` of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().casefold(): value.strip() for name, equals, value in pairs if equals}


def _txt(name: str, value: str) -> str | None:
    """Write a TXT record, unless a stranger's part of it can't be pasted into a zone."""
    is_plain = value.isascii() and value.isprintable() and not set(value) & set('"\\')
    return f'{name}. TXT "{value}"' if is_plain and len(value) <= MAX_PUBLISHED else None
