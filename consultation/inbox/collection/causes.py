"""Causes for which a mailbox could not be read, each with what to do about it."""

import enum


class Cause(enum.StrEnum):
    """Why a folder could not be read, or not to its end."""

    NOT_SET = "not_set"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    LOGIN = "login"
    FOLDER = "folder"
    INTERRUPTED = "interrupted"
    STORAGE = "storage"


SENTENCES = {
    Cause.NOT_SET: "Aucune boîte n'est réglée : nommez-la par IMAP_SERVER, ou donnez les fichiers"
    " à reprendre.",
    Cause.UNREACHABLE: "Le serveur de la boîte ne répond pas : vérifiez IMAP_SERVER et IMAP_PORT,"
    " et que ce serveur est en service.",
    Cause.CERTIFICATE: "Le certificat du serveur de la boîte n'est pas reconnu : vérifiez"
    " IMAP_SERVER ; si l'autorité est particulière, donnez-la par IMAP_CAFILE.",
    Cause.LOGIN: "Le serveur de la boîte refuse le compte : vérifiez IMAP_USERNAME et"
    " IMAP_PASSWORD.",
    Cause.FOLDER: "Le dossier à relever n'existe pas sur le serveur : vérifiez IMAP_FOLDER.",
    Cause.INTERRUPTED: "La connexion à la boîte s'est interrompue : le relevé reprendra où il en"
    " était. Si cela dure, un message est peut-être abîmé : dans la boîte, déplacez vers un autre"
    " dossier le plus ancien de ceux qui manquent ici.",
    Cause.STORAGE: "Les messages n'ont pu être enregistrés : vérifiez la place sur le disque.",
}


class NotCollected(Exception):
    """A folder could not be read to its end."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(SENTENCES[cause])
        self.cause = cause
