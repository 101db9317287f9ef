"""Whether the world knows that our server may send the domain's mail: what SPF says of it."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from consultation.mail import spf
from consultation.mail.checks import OWNER, Check, State, not_seen, publishable, shown, txt
from consultation.mail.dns_records import CouldNotLook, Lookups, ascii_name, public

ELSEWHERE = (
    "que vos messages partent d'une adresse autorisée ne peut être vérifié d'ici :"
    " comparez avec la documentation du fournisseur qui les envoie"
)
_ALL = re.compile(r"(?<=\s)[+\-~?]?all(?=\s|$)", re.IGNORECASE)


def check(lookups: Lookups, domain: str, server: str) -> Check:
    """Look at the SPF record of `domain`, whose mails `server` takes."""
    subject = f"SPF de {domain}"
    name = ascii_name(domain)
    try:
        found = spf.records(lookups, name)
        if not found:
            return _missing(subject, name, server)
        if len(found) > 1:
            return _several(subject, name, found)
        return _of_record(lookups, subject, name, server, found[0])
    except CouldNotLook:
        return not_seen(subject)
    except spf.SpfBroken as broken:
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
    end = spf.end_of(lookups, name, record)
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
    outside = [a for a in addresses if not spf.allows(lookups, name, record, a)]
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
