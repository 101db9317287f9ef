"""French texts of invitations: placeholders, the first message, counts."""

from collections.abc import Mapping, Sequence

from consultation.i18n import shipped_text
from consultation.invitations.contacts.comparison import ListChanges
from consultation.invitations.contacts.importer import InviteeList
from consultation.invitations.mailings import placeholders
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.mailings.placeholders import as_typed
from consultation.invitations.models import InviteeGroup
from consultation.web.locale import in_each_language
from consultation.web.typography import counted, plural

PLACEHOLDERS: Mapping[str, str] = {
    as_typed([placeholders.NAME]): "le nom du contact ; sans nom, « Madame, Monsieur »",
    as_typed([placeholders.ORGANISATION]): "son organisation ; sans elle, « votre organisation »",
    as_typed([placeholders.MEASURES]): (
        "les mesures qui le concernent, trois au plus puis le nombre des autres ; sans elles,"
        " « l'ensemble des mesures du plan »"
    ),
    as_typed([placeholders.LINK]): "son lien personnel, obligatoire",
    as_typed([placeholders.END]): "le dernier jour pour répondre",
}
"""The meaning of each placeholder, by how it is typed."""

MOST_REPEATED = 10
MOST_UNREAD, LONGEST_UNREAD = 5, 40

FIRST_MESSAGE = Draft(
    subject=in_each_language("Votre avis sur l'évaluation du plan de lutte contre la traite"),
    body=shipped_text("invitation.txt"),
)
"""The draft that a new message begins with."""


def imported_sentence(changes: ListChanges, group: InviteeGroup) -> str:
    """Return the counts of an import."""
    added = counted(len(changes.new), "contact ajouté", "contacts ajoutés")
    updated = counted(len(changes.changed), "contact mis à jour", "contacts mis à jour")
    return f"{added}, {updated}, dans le groupe « {group.name} »."


def read_sentence(read: InviteeList) -> str:
    """Return a sentence on repeated rows, and on columns that were not read."""
    return (_repeated_sentence(read.repeated) + _unread_sentence(read.unread)).strip()


def _repeated_sentence(rows: Sequence[int]) -> str:
    if not rows:
        return ""
    count = counted(len(rows), "ligne répétait une adresse", "lignes répétaient une adresse")
    numbers = ", ".join(str(number) for number in rows[:MOST_REPEATED])
    more = " et d'autres" if len(rows) > MOST_REPEATED else ""
    where = plural(len(rows), "ligne", "lignes")
    return f" {count} déjà lue : un seul contact en est fait ({where} {numbers}{more})."


def _unread_sentence(unread: Sequence[str]) -> str:
    if not unread:
        return ""
    listed = ", ".join(f"« {header[:LONGEST_UNREAD]} »" for header in unread[:MOST_UNREAD])
    more = " et d'autres" if len(unread) > MOST_UNREAD else ""
    return f" Colonnes qui n'ont pas été lues : {listed}{more}."


def test_sentence(count: int, *, leaves: bool) -> str:
    """Return how many test mails were sent or kept."""
    if not count:
        return (
            "Aucun essai ne part : votre adresse est sur la liste de celles à qui le site n'écrit"
            " plus. Une personne qui administre le site peut l'en retirer."
        )
    if not leaves:
        kept = counted(count, "courriel d'essai est gardé", "courriels d'essai sont gardés")
        return f"{kept} sur cette machine : aucun serveur d'envoi n'est réglé."
    sent = counted(count, "courriel d'essai part", "courriels d'essai partent")
    return f"{sent} à votre adresse. Le lien de l'essai ne fonctionne pas."
