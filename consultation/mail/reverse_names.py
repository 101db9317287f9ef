"""Whether the addresses of the server that takes our mail have names that lead back to them."""

from collections.abc import Sequence

from consultation.mail.checks import Check, State, not_seen, shown
from consultation.mail.dns_records import (
    Address,
    CouldNotLook,
    Lookups,
    ascii_name,
    is_address,
    public,
    reverse_name,
)


def check(lookups: Lookups, server: str, domain: str) -> Check:
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
