"""SPF: which servers a domain says may send its mail, and whether ours is among them (RFC 7208)."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

from consultation.mail.checks import OWNER, Check, State, not_seen, shown, txt
from consultation.mail.dns_records import Address, CouldNotLook, Lookups, ascii_name, public

MOST_QUESTIONS = 10
LONGEST_RECORD = 450
ELSEWHERE = (
    "il ne peut être vérifié d'ici que vos messages partent d'une adresse autorisée : comparez"
    " avec la documentation du fournisseur qui envoie vos messages"
)
_TERM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]*|.*))?((?:/.*)?)")
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_ALL = re.compile(r"(?<=\s)[+\-~?]?all(?=\s|$)", re.IGNORECASE)


class SpfBroken(Exception):
    """Receivers can't read a record, and so ignore it; the argument says why, in French."""


def check(lookups: Lookups, domain: str, server: str) -> Check:
    """Look at the record of `domain`, for mails that `server` takes."""
    subject = f"SPF de {domain}"
    try:
        found = records(lookups, domain)
        if len(found) != 1:
            return _not_one(subject, domain, server, found)
        return _check_record(lookups, subject, domain, server, found[0])
    except CouldNotLook:
        return not_seen(subject)


def records(lookups: Lookups, domain: str) -> list[str]:
    """Return the SPF records of a domain, of which there should be one."""
    return [
        text
        for text in lookups.texts(domain)
        if text.casefold() == "v=spf1" or text.casefold().startswith("v=spf1 ")
    ]


def _not_one(subject: str, domain: str, server: str, found: Sequence[str]) -> Check:
    name = ascii_name(domain)
    if found:
        says = (
            f"{len(found)} enregistrements se contredisent, et ceux qui reçoivent n'en lisent"
            f" aucun : {OWNER} doit les remplacer tous par un seul."
        )
        merged = _merged(found)
        return Check(subject, State.LACKING, says, txt(name, merged) if merged else None)
    says = (
        "rien ne dit quels serveurs peuvent envoyer du courrier en votre nom : vos messages"
        f" risquent d'être pris pour des faux. Demandez à {OWNER} de publier un enregistrement ;"
        " si la documentation du fournisseur qui envoie vos messages donne un « include: »,"
        " c'est le sien qu'il faut mettre."
    )
    term = _term_for(server)
    if term is None:
        says += " Ce serveur n'a d'ici pas d'adresse publique : mettez « ip4: » et la sienne."
        return Check(subject, State.LACKING, says)
    return Check(subject, State.LACKING, says, txt(name, f"v=spf1 {term} ~all"))


def _check_record(
    lookups: Lookups, subject: str, domain: str, server: str, record: str
) -> Check:
    name = ascii_name(domain)
    try:
        _Walk(lookups, None).allows(name, record)
    except SpfBroken as broken:
        says = (
            f"l'enregistrement ne peut être lu, et ceux qui reçoivent l'ignorent : {broken}."
            f" Montrez à {OWNER} ce qui est publié : {shown(record)}"
        )
        return Check(subject, State.LACKING, says)
    fault = _fault_of_the_end(record)
    if fault is not None:
        return Check(subject, State.LACKING, fault, txt(name, _mended(record)))
    return _check_server(lookups, subject, name, server, record)


def _fault_of_the_end(record: str) -> str | None:
    """Return what is wrong with what a record says of all other servers."""
    terms = [term.casefold() for term in record.split()[1:]]
    if "+all" in terms or "all" in terms:
        return (
            "l'enregistrement autorise le monde entier à écrire en votre nom (« +all ») :"
            f" demandez à {OWNER} de le remplacer."
        )
    if "-all" in terms and len(terms) == 1:
        return (
            "l'enregistrement dit que ce domaine n'envoie jamais de courrier : vos messages"
            f" seront refusés. Demandez à {OWNER} d'y ajouter le serveur qui les envoie."
        )
    if not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        return (
            "l'enregistrement ne dit pas que faire des autres serveurs (il y manque « ~all ») :"
            f" il ne protège de rien. Demandez à {OWNER} de le compléter."
        )
    return None


def _check_server(
    lookups: Lookups, subject: str, name: str, server: str, record: str
) -> Check:
    addresses = public(lookups.addresses(server))
    outside = [a for a in addresses if not _Walk(lookups, a).allows(name, record)]
    if addresses and not outside:
        listed = ", ".join(str(address) for address in addresses)
        return Check(subject, State.FINE, f"autorise {shown(server)} ({listed})")
    says = f"l'enregistrement est bon, mais {ELSEWHERE}."
    if outside:
        listed = ", ".join(str(address) for address in outside)
        says += f" Il n'autorise pas {listed}, adresse de {shown(server)}."
    return Check(subject, State.UNKNOWN, says)


def _term_for(server: str) -> str | None:
    """Return how a record names `server`, or None when nobody outside knows that name."""
    try:
        address = ip_address(server.strip("[]"))
    except ValueError:
        name = ascii_name(server)
        return f"a:{name}" if "." in name else None
    return f"ip{address.version}:{address}" if public([address]) else None


def _mended(record: str) -> str:
    """Return a record whose end refuses what it does not name."""
    terms = _ALL.sub("", record).split()
    return shorten_to_one_line([*terms, "~all"] if len(terms) > 1 else [*terms, "mx", "~all"])


def shorten_to_one_line(terms: Sequence[str]) -> str:
    """Return terms as the value of a record, without any sign that a zone could not hold."""
    return shown_whole(" ".join(terms))


def shown_whole(value: str) -> str:
    return value


def _merged(found: Sequence[str]) -> str | None:
    terms = dict.fromkeys(term for record in found for term in _ALL.sub("", record).split()[1:])
    merged = " ".join(["v=spf1", *terms, "~all"])
    if len(merged) > LONGEST_RECORD or "redirect=" in merged.casefold():
        return None
    return merged


class _Walk:
    """One reading of a record with all that it includes, within the ten questions allowed."""

    def __init__(self, lookups: Lookups, address: Address | None) -> None:
        self._lookups = lookups
        self._address = address
        self._questions = 0
