"""What the sending domain lacks for mails to arrive: what `consultation doctor` says of it."""

from collections.abc import Mapping
from typing import Any

import dns.resolver
from email_validator import EmailNotValidError, validate_email

from consultation.mail import reverse_names, sending_rights, server_tls, signatures
from consultation.mail.addresses import is_sendable
from consultation.mail.checks import OWNER, Check, State, not_seen, shown
from consultation.mail.dns_records import CouldNotLook, Lookups, ascii_name


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
    key = signatures.check_key(lookups, domain, selector)
    policy = signatures.check_policy(
        lookups, sender, returning, is_signed=bool(selector) and key.state is State.FINE
    )
    rights = [sending_rights.check(lookups, domain, server)]
    exchanges = []
    if ascii_name(returning) != ascii_name(domain):
        rights.append(sending_rights.check(lookups, returning, server))
        exchanges.append(_check_exchange(lookups, returning))
    return [*rights, key, policy, *exchanges]


def _server(settings: Mapping[str, Any], lookups: Lookups) -> list[Check]:
    server, sender = settings["MAIL_SERVER"], settings["MAIL_SENDER"]
    checks = [reverse_names.check(lookups, server, sender.rpartition("@")[2])]
    if settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]:
        checks.append(server_tls.check(settings, lookups))
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
