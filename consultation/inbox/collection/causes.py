"""Causes for which a mailbox could not be read, each with what to do about it."""

from consultation.i18n import Labelled


class Cause(Labelled):
    """Why a folder could not be read, or not to its end."""

    NOT_SET = "not_set", "Aucune boîte n'est réglée."
    UNREACHABLE = "unreachable", "Le serveur de la boîte ne répond pas."
    CERTIFICATE = "certificate", "Le certificat du serveur de la boîte n'est pas reconnu."
    LOGIN = "login", "Le serveur de la boîte refuse le compte."
    FOLDER = "folder", "Le dossier à relever n'existe pas sur le serveur."
    INTERRUPTED = (
        "interrupted",
        "La connexion à la boîte s'est interrompue : le relevé reprendra où il en était.",
    )
    STORAGE = "storage", "Les messages n'ont pas pu être enregistrés."


REMEDIES = {
    Cause.NOT_SET: "Nommez-la par IMAP_SERVER, ou donnez les fichiers à reprendre.",
    Cause.UNREACHABLE: "Vérifiez IMAP_SERVER et IMAP_PORT, et que ce serveur est en service.",
    Cause.CERTIFICATE: "Vérifiez IMAP_SERVER ; si l'autorité est particulière, donnez-la par"
    " IMAP_CAFILE.",
    Cause.LOGIN: "Vérifiez IMAP_USERNAME et IMAP_PASSWORD.",
    Cause.FOLDER: "Vérifiez IMAP_FOLDER.",
    Cause.INTERRUPTED: "Si cela dure, un message est peut-être abîmé : dans la boîte, déplacez vers"
    " un autre dossier le plus ancien de ceux qui manquent ici.",
    Cause.STORAGE: "Vérifiez la place sur le disque.",
}
"""What the command adds to a label, for those who set the server up."""


class NotCollected(Exception):
    """A folder could not be read to its end."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(f"{cause.label} {REMEDIES[cause]}")
        self.cause = cause
