"""All checks of the sending domain, in the order in which to mend what is lacking."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import dns.resolver
from email_validator import EmailNotValidError, validate_email

from consultation.mail.addresses import is_sendable
from consultation.mail.domain_check import record_checks, server_checks
from consultation.mail.domain_check.lookups import Lookups, NoAnswer, ascii_name
from consultation.mail.domain_check.result import Check, Outcome, State, displayed

_OFFLINE = (
    "rien n'a pu être vérifié (SPF, DKIM, DMARC, MX, nom inverse, TLS) : aucun serveur de noms"
    " utile ne répond d'ici. Recommencez « consultation doctor » depuis une machine qui a"
    " l'internet ; si c'est celle du site, vérifiez son réseau."
)


def examine(
    settings: Mapping[str, Any], resolver: dns.resolver.Resolver | None = None
) -> list[Check]:
    """Return all checks, in the order in which to mend them; none when no mail leaves.

    Raises nothing, and ends within `DNS_BUDGET` plus `SMTP_TIMEOUT` for each address of the server.
    """
    if not settings["MAIL_SERVER"]:
        return []
    checks = check_addresses(settings)
    if any(check.state is State.LACKING for check in checks):
        return checks
    lookups = Lookups(resolver)
    domain = _domain_of(settings["MAIL_SENDER"])
    if not lookups.is_online(domain):
        return [*checks, Check(f"domaine {domain}", State.UNKNOWN, _OFFLINE)]
    return [*checks, *_check_records(settings, lookups), *_check_server(settings, lookups)]


def _check_records(settings: Mapping[str, Any], lookups: Lookups) -> list[Check]:
    """Check what the domains of the sender and of the return path publish."""
    host, sender = settings["MAIL_SERVER"], settings["MAIL_SENDER"]
    domain, return_domain = _domain_of(sender), _domain_of(settings["MAIL_RETURN_PATH"] or sender)
    domains = [domain]
    if ascii_name(return_domain) != ascii_name(domain):
        domains.append(return_domain)
    selector = settings["MAIL_DKIM_SELECTOR"]
    key = _check("DKIM", domain, record_checks.check_dkim, lookups, domain, selector)
    policy = (lookups, sender, return_domain, key.state is State.FINE)
    return [
        *[_check("SPF", name, record_checks.check_spf, lookups, name, host) for name in domains],
        key,
        _check("DMARC", domain, record_checks.check_dmarc, *policy),
        *[_check("MX", name, record_checks.check_mx, lookups, name) for name in domains],
    ]


def _check_server(settings: Mapping[str, Any], lookups: Lookups) -> list[Check]:
    host, domain = settings["MAIL_SERVER"], _domain_of(settings["MAIL_SENDER"])
    name = displayed(host)
    checks = [_check("nom inverse", name, server_checks.check_reverse, lookups, host, domain)]
    if settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]:  # else `doctor` reports it by itself
        checks.append(_check("TLS", name, server_checks.check_tls, settings, lookups))
    return checks


def _check(kind: str, name: str, check: Callable[..., Outcome], *arguments: Any) -> Check:
    subject = f"{kind} de {name}"
    try:
        return Check(subject, *check(*arguments))
    except NoAnswer:
        says = (
            "n'a pas pu être vérifié : les serveurs de noms n'ont pas répondu ;"
            " recommencez plus tard."
        )
        return Check(subject, State.UNKNOWN, says)


def check_addresses(settings: Mapping[str, Any]) -> list[Check]:
    """Check that the sender and the return path are written as addresses."""
    subjects = {"MAIL_SENDER": "adresse d'expéditeur"}
    if settings["MAIL_RETURN_PATH"]:
        subjects["MAIL_RETURN_PATH"] = "adresse de retour"
    return [_address(subject, name, settings[name]) for name, subject in subjects.items()]


def _address(subject: str, setting: str, address: str) -> Check:
    with suppress(EmailNotValidError):
        validate_email(address, check_deliverability=False)
        if is_sendable(address):
            return Check(subject, State.FINE, displayed(address))
    says = (
        f"« {displayed(address)} » n'est pas une adresse électronique : donnez à {setting} une"
        " adresse seule, comme contact@exemple.fr."
    )
    return Check(subject, State.LACKING, says)


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]
