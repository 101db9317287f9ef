"""Checks of DNS records of a domain: SPF, DKIM, DMARC and MX, present and plausible.

SPF is not evaluated as receivers do (RFC 7208): a record that is included is only looked for. A
server that the record does not name itself is therefore `UNKNOWN`, never an error.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from consultation.mail.addresses import for_envelope
from consultation.mail.domain_check.lookups import Lookups, address_in, ascii_name, is_local, listed
from consultation.mail.domain_check.result import OWNER, Outcome, State, displayed

MAX_SPF_LOOKUPS = 10
MAX_PUBLISHED = 450  # bytes of a TXT record, beyond which an answer may not fit into one packet
MAX_KEY = 4096  # characters of base64
MIN_KEY_BITS, ED25519_BYTES = 1024, 32
_SEVERAL = (
    "{count} enregistrements se contredisent, et ceux qui reçoivent n'en lisent aucun : demandez à"
    f" {OWNER} de les remplacer par un seul."
)

_MECHANISM = re.compile(
    r"[+\-~?]?(?:all|ptr(?::[!-~]+)?|(?:a|mx)(?::[!-~]+)?(?:/[0-9/]+)?"
    r"|(?:include|exists|ip4|ip6):[!-~]+)|[a-z][a-z0-9_.-]*=[!-~]*",
    re.IGNORECASE,
)
_LOOKUP = re.compile(r"[+\-~?]?(?:(?:a|mx|ptr)\b|(?:include|exists):)|redirect=", re.IGNORECASE)
_OTHER_RECORD = re.compile(r"(?:\+?include:|redirect=)([^%]+)", re.IGNORECASE)
_NETWORK = re.compile(r"[+\-~?]?ip[46]:", re.IGNORECASE)
_ALL = re.compile(r"([+\-~?]?)all", re.IGNORECASE)


def check_spf(lookups: Lookups, domain: str, server: str) -> Outcome:
    """Check the SPF record of `domain`, whose mails `server` takes."""
    name = ascii_name(domain)
    records = _spf_records(lookups, name)
    if not records:
        return _missing_spf(name, server)
    if len(records) > 1:
        directives = dict.fromkeys(
            directive for record in records for directive in _spf_directives(record)
        )
        says = _SEVERAL.format(count=len(records))
        return State.LACKING, says, _spf_record(name, list(directives))
    if error := _spf_error(lookups, records[0]):
        says = (
            f"l'enregistrement est faux, et ceux qui reçoivent l'ignorent : {error}."
            f" Montrez à {OWNER} ce qui est publié : {displayed(records[0])}"
        )
        return State.LACKING, says
    return _spf_policy(name, server, records[0]) or _spf_server(lookups, server, records[0])


def _spf_records(lookups: Lookups, name: str) -> list[str]:
    return [text for text in lookups.texts(name) if f"{text} ".casefold().startswith("v=spf1 ")]


def _spf_directives(record: str) -> list[str]:
    """Return the directives of a record without `all`."""
    return [directive for directive in record.split()[1:] if not _ALL.fullmatch(directive)]


def _missing_spf(name: str, server: str) -> Outcome:
    says = (
        "rien ne dit quels serveurs peuvent envoyer du courrier en votre nom : vos messages"
        f" risquent d'être pris pour des faux. Demandez à {OWNER} de publier un enregistrement ;"
        " si la documentation du fournisseur qui envoie vos messages donne un « include: »,"
        " mettez-le à la place de ce qui précède « ~all »."
    )
    record = _spf_record_for(name, server)
    if record is None:
        says += (
            f" Vu d'ici, {displayed(server)} n'a pas d'adresse publique : demandez la sienne à la"
            " personne qui gère le serveur, et publiez « v=spf1 ip4:ADRESSE ~all »."
        )
    return State.LACKING, says, record


def _spf_error(lookups: Lookups, record: str) -> str | None:
    """Return why receivers ignore a record, as far as it shows in the record itself."""
    directives = record.split()[1:]
    for directive in directives:
        if not _MECHANISM.fullmatch(directive):
            return f"« {displayed(directive)} » n'y est pas compris"
        try:
            _networks([directive])
        except ValueError:
            return f"« {displayed(directive)} » n'y est pas une adresse"
    if sum(bool(_LOOKUP.match(directive)) for directive in directives) > MAX_SPF_LOOKUPS:
        return "il demande plus de dix recherches"
    targets = [
        match[1] for directive in directives if (match := _OTHER_RECORD.fullmatch(directive))
    ]
    for target in targets:
        if len(_spf_records(lookups, target)) != 1:
            return f"il renvoie à {displayed(target)}, où ne se trouve pas un enregistrement"
    return None


def _spf_policy(name: str, server: str, record: str) -> Outcome | None:
    """Return a fault in the policy of a record for all other servers, if it has one."""
    directives = _spf_directives(record)
    policies = [
        match[1] or "+" for directive in record.split() if (match := _ALL.fullmatch(directive))
    ]
    if policies and policies[0] == "-" and not directives:
        says = (
            "l'enregistrement dit que ce domaine n'envoie jamais de courrier : vos messages"
            f" seront refusés. Demandez à {OWNER} d'y mettre le serveur qui les envoie."
        )
        return State.LACKING, says, _spf_record_for(name, server)
    if policies and policies[0] == "+":
        says = (
            "l'enregistrement permet au monde entier d'écrire en votre nom (« +all »), et ne"
            f" protège donc de rien : demandez à {OWNER} de le remplacer."
        )
        return State.LACKING, says, _spf_record(name, directives)
    if not policies and not any(
        directive.casefold().startswith("redirect=") for directive in directives
    ):
        says = (
            "l'enregistrement ne dit pas que faire des autres serveurs (il y manque « ~all »), et"
            f" ne protège donc de rien : demandez à {OWNER} de le compléter."
        )
        return State.LACKING, says, _spf_record(name, directives)
    return None


def _spf_server(lookups: Lookups, server: str, record: str) -> Outcome:
    addresses = lookups.public_addresses(server)
    directives = [directive.casefold().removeprefix("+") for directive in record.split()]
    networks = _networks([directive for directive in directives if directive.startswith("ip")])
    outside = [a for a in addresses if not any(a in network for network in networks)]
    if f"a:{ascii_name(server)}" in directives:
        outside = []
    if addresses and not outside:
        return State.FINE, f"{displayed(server)} peut envoyer ({listed(addresses)})"
    says = (
        "un enregistrement est publié ; que vos messages partent d'une adresse autorisée ne peut"
        " pas être vérifié d'ici : comparez avec la documentation du fournisseur qui les envoie."
    )
    if outside:
        says += f" Il ne nomme pas {listed(outside)}, par où {displayed(server)} prend le courrier."
    return State.UNKNOWN, says


def _networks(directives: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Return the networks that a record names; raise `ValueError`."""
    return [ip_network(_NETWORK.sub("", w), strict=False) for w in directives if _NETWORK.match(w)]


def _spf_record_for(name: str, server: str) -> str | None:
    """Return a record that names `server`, or None when it has no public name or address."""
    address = address_in(server)
    if address is None:
        host = ascii_name(server)
        return _spf_record(name, [f"a:{host}"]) if "." in host else None
    return None if is_local(address) else _spf_record(name, [f"ip{address.version}:{address}"])


def _spf_record(name: str, directives: Sequence[str]) -> str | None:
    value = " ".join(["v=spf1", *directives, "~all"])
    is_whole = directives and not any(
        directive.casefold().startswith("redirect=") for directive in directives
    )
    return _txt(name, value) if is_whole and _is_publishable(value) else None


_SELECTOR = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)


def check_dkim(lookups: Lookups, domain: str, selector: str) -> Outcome:
    """Check the key with which receivers verify the signature of the domain's mails."""
    if not selector:
        says = (
            "la signature ne peut pas être vérifiée d'ici sans son « sélecteur » : le fournisseur"
            " qui envoie vos messages le donne (page « DKIM » ou « authentification »), et"
            " l'en-tête « DKIM-Signature » d'un message reçu aussi (après « s= »). Donnez-le à"
            " CONSULTATION_MAIL_DKIM_SELECTOR."
        )
        return State.UNKNOWN, says
    if _SELECTOR.fullmatch(selector) is None:
        says = (
            f"« {displayed(selector)} » n'est pas un sélecteur : corrigez"
            " CONSULTATION_MAIL_DKIM_SELECTOR"
            " (lettres, chiffres, « - », « _ » et points)."
        )
        return State.LACKING, says
    name = f"{selector}._domainkey.{ascii_name(domain)}"
    keys = [tags for text in lookups.texts(name) if "p" in (tags := _tags(text))]
    request = f"demandez la bonne valeur au fournisseur qui envoie vos messages, puis à {OWNER} de"
    if not keys:
        says = (
            "aucune clé n'est publiée : la signature de vos messages ne peut pas être vérifiée, et"
            f" ils risquent d'être écartés. Pour y remédier, {request} la publier sous {name}"
            " (TXT) ; vérifiez aussi CONSULTATION_MAIL_DKIM_SELECTOR."
        )
        return State.LACKING, says
    if len(keys) > 1:
        says = f"{len(keys)} clés sont publiées sous {name} : {request} n'en garder qu'une (TXT)."
        return State.LACKING, says
    if error := _key_error(keys[0]):
        return State.LACKING, f"{error} : {request} remplacer {name} (TXT)."
    return State.FINE, "une clé est publiée"


def _key_error(tags: Mapping[str, str]) -> str | None:
    if tags.get("v", "DKIM1") != "DKIM1":
        return "l'enregistrement n'est pas une clé (il doit commencer par « v=DKIM1 »)"
    if not tags["p"]:
        return "la clé a été révoquée (« p= » est vide), et vos messages passent pour faux"
    try:
        raw = base64.b64decode("".join(tags["p"].split())[:MAX_KEY], validate=True)
        is_ed25519 = tags.get("k", "rsa") == "ed25519"
        key = None if is_ed25519 else load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return "la clé est abîmée, sans doute mal recopiée"
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_KEY_BITS:
        return f"la clé est trop courte ({key.key_size} bits) et n'est plus acceptée"
    is_key = len(raw) == ED25519_BYTES if is_ed25519 else isinstance(key, RSAPublicKey)
    return None if is_key else "la clé est abîmée, sans doute mal recopiée"


_POLICIES = {
    "none": "les faux messages sont signalés, mais pas écartés (« p=none »)",
    "quarantine": "les faux messages vont dans les indésirables",
    "reject": "les faux messages sont refusés",
}
_NO_POLICY = (
    "rien ne dit à ceux qui reçoivent que faire des faux messages écrits en votre nom, et certains"
    f" écartent les vrais : demandez à {OWNER} de publier cet enregistrement, qui ne fait refuser"
    " aucun message."
)
_UNREADABLE_POLICY = (
    "l'enregistrement ne dit pas que faire (« p= » manque ou est faux) : demandez à"
    f" {OWNER} de le remplacer."
)
# Names under which strangers register: two domains that share only these are not related.
_SHARED = frozenset(["ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "nom", "org"])


def check_dmarc(lookups: Lookups, sender: str, return_domain: str, is_signed: bool) -> Outcome:
    """Check what receivers do with forgeries, and whether ours would be one."""
    domain = sender.rpartition("@")[2]
    name = ascii_name(domain)
    at, policies = _dmarc_policies(lookups, name)
    record = _txt(f"_dmarc.{name}", f"v=DMARC1; p=none; rua=mailto:{for_envelope(sender)}")
    if (count := len(policies)) != 1:
        says = _SEVERAL.format(count=count) if count else _NO_POLICY
        return State.LACKING, says, record
    tags = policies[0]
    policy = tags.get("p", "").casefold()
    if policy not in _POLICIES:
        return State.LACKING, _UNREADABLE_POLICY, record
    if at != name:
        policy = tags.get("sp", policy).casefold()
    meaning = _POLICIES.get(policy, "un enregistrement est publié")
    is_strict = tags.get("aspf", "r").casefold() == "s"
    if _are_aligned(name, ascii_name(return_domain), at, is_strict=is_strict):
        return State.FINE, f"{meaning} ; l'expéditeur et l'adresse de retour vont ensemble"
    return _unaligned(meaning, domain, return_domain, is_signed)


def _dmarc_policies(lookups: Lookups, name: str) -> tuple[str, list[dict[str, str]]]:
    """Return the nearest domain above `name` that publishes a policy, and its policies."""
    labels = name.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        policies = [_tags(text) for text in lookups.texts(f"_dmarc.{at}")]
        policies = [tags for tags in policies if tags.get("v", "").casefold() == "dmarc1"]
        if policies:
            return at, policies
    return name, []


def _unaligned(meaning: str, domain: str, return_domain: str, is_signed: bool) -> Outcome:
    says = (
        f"{meaning} ; l'adresse de retour est à {displayed(return_domain)} et l'expéditeur à"
        f" {displayed(domain)} : SPF ne compte donc pas"
    )
    if is_signed:
        says += f", et tout tient à la signature DKIM, qui doit être faite pour {domain}"
        return State.FINE, says
    says += (
        ", et rien d'autre ne montre que vos messages sont de vous. Donnez à"
        f" CONSULTATION_MAIL_RETURN_PATH une adresse de {displayed(domain)}, ou demandez au"
        " fournisseur qui"
        f" envoie vos messages une signature DKIM au nom de {displayed(domain)}."
    )
    return State.LACKING, says


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
    shared = sender.split(".")[-2:]
    return shared == return_domain.split(".")[-2:] and shared[0] not in _SHARED


def check_mx(lookups: Lookups, domain: str) -> Outcome:
    """Check that replies and returned mails find a mailbox."""
    hosts = lookups.exchanges(domain)
    if any(hosts):
        return State.FINE, f"le courrier y est reçu par {displayed(hosts[0])}"
    loss = "les réponses à vos messages et les avis d'échec se perdent"
    request = f"demandez à {OWNER} de publier le « MX » que donne l'hébergeur de votre boîte"
    if hosts:
        says = f"le domaine annonce qu'il ne reçoit aucun courrier : {loss}. Sinon, {request}."
    elif lookups.addresses(domain):
        says = f"aucun serveur n'est nommé pour recevoir le courrier, qui va au site : {request}."
    else:
        says = f"aucun serveur n'est nommé pour recevoir le courrier : {loss} ; {request}."
    return State.LACKING, says


def _tags(text: str) -> dict[str, str]:
    """Return the pairs `name=value` of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().casefold(): value.strip() for name, equals, value in pairs if equals}


def _txt(name: str, value: str) -> str:
    """Return a TXT record as zone files write it, in strings of at most 255 bytes."""
    strings = [f'"{value[i : i + 255]}"' for i in range(0, len(value), 255)]
    return f"{name}. TXT {' '.join(strings)}"


def _is_publishable(value: str) -> bool:
    """Accept only values of a stranger's record that can safely be pasted into a zone."""
    is_plain = value.isascii() and value.isprintable()
    return is_plain and not set(value) & set('"\\;') and len(value) <= MAX_PUBLISHED
