"""Whether what we send can be told from a forgery: the key of DKIM and the policy of DMARC."""

import base64
import binascii
import re
from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from consultation.mail.addresses import for_envelope
from consultation.mail.checks import OWNER, Check, State, not_seen, shown, txt
from consultation.mail.dns_records import CouldNotLook, Lookups, ascii_name

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
