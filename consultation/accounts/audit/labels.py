"""Labels of the audit log: each action and each of its details in French."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consultation.accounts.models import Account, AuditEvent
from consultation.web.typography import moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d")

KEYS = {
    "added": "ajoutés",
    "agreement": "accords",
    "anonymised": "anonymisé",
    "axes": "axes",
    "bytes": "octets",
    "changed": "changés",
    "closed": "fermés",
    "closes_at": "fermeture",
    "count": "nombre",
    "fields": "champs",
    "filters": "filtres",
    "format": "format",
    "from": "repris de",
    "is_cut": "coupé à la limite",
    "kind": "sorte",
    "level": "niveau",
    "assessor": "évalué par",
    "number": "numéro",
    "opened": "ouverts",
    "opens_at": "ouverture",
    "other": "autre campagne",
    "passages": "passages",
    "locale": "langue",
    "measures": "mesures",
    "moved": "déplacés",
    "name": "nom",
    "reason": "raison",
    "removed": "retirés",
    "renewed": "renouvelés",
    "responses": "contributions",
    "role": "rôle",
    "roles": "rôles",
    "round": "tour",
    "sessions": "sessions",
    "signed": "signée",
    "round_id": "numéro interne du tour",
    "rows": "lignes",
    "schedule": "calendrier",
    "state": "état",
    "status": "évaluation",
    "text": "texte",
    "texts": "textes",
    "unchanged": "inchangés",
    "updated": "mis à jour",
    "verdict": "décision",
    "what": "quoi",
    "width": "largeur",
}
VALUES = {
    "administrator": "administration",
    "moderator": "modération",
    "organiser": "organisation",
    "publish": "publier",
    "redact": "publier en masquant",
    "reopen": "rouvrir",
    "withhold": "écarter",
    "published": "publié",
    "redacted": "publié, passages masqués",
    "seconding": "attend une deuxième personne",
    "waiting": "à relire",
    "withheld": "écarté",
    "victim": "permet de reconnaître une victime",
    "suspect": "met en cause une personne",
    "third_person": "nomme une autre personne",
    "shelter": "révèle un lieu d'hébergement",
    "open_case": "parle d'une affaire en cours",
    "contact": "donne des coordonnées",
    "insult": "insulte ou incite à la haine",
    "spam": "indésirable",
    "off_topic": "sans rapport avec la consultation",
    "question": "question",
    "repeated": "répète une contribution déjà reçue",
    "sensitive": "signale une personne en danger",
    "other": "autre",
    "test": "essai",
    "own_duplicate": "doublon de la même personne",
    "out_of_scope": "hors du champ",
    "agreed_contact": "être contacté·e",
    "agreed_quoted": "être cité·e",
    "agreed_named": "être cité·e avec son nom",
    "proof_of_work": "calcul demandé aux navigateurs",
    "state": "État",
    "collective": "collectif",
    "rapporteur": "rapporteur national",
    "not_engaged": "non engagée",
    "engaged": "engagée",
    "not_done": "non réalisée",
    "partly_done": "partiellement réalisée",
    "done": "réalisée",
    "home_title": "titre de l'accueil",
    "home_lead": "chapeau de l'accueil",
    "home_more": "suite de l'accueil",
    "notice": "notice sur les données",
    "phone": "téléphone",
    "full": "pleine largeur",
    "daily": "chaque jour",
    "weekly": "chaque semaine",
    "monthly": "chaque mois",
    "none": "à la demande",
    "axis_retitled": "titre d'un axe",
    "indicator_added": "indicateur ajouté",
    "indicator_brought_back": "indicateur remis",
    "indicator_retired": "indicateur retiré",
    "indicator_reworded": "indicateur reformulé",
    "measure_added": "mesure ajoutée",
    "measure_brought_back": "mesure remise",
    "measure_edited": "mesure changée",
    "measure_retired": "mesure retirée",
    "moved": "déplacement",
    "question_added": "question ajoutée",
    "question_changed": "question changée",
    "question_moved": "question déplacée",
    "question_removed": "question retirée",
    "section_added": "rubrique ajoutée",
    "section_changed": "rubrique changée",
    "section_moved": "rubrique déplacée",
    "section_removed": "rubrique retirée",
    "title": "titre",
    "opens_at": "ouverture",
    "closes_at": "fermeture",
    "document_url": "adresse du document",
}


def detail_lines(details: Mapping[str, Any] | None) -> list[str]:
    """Return details as « clé : valeur », those without a value left out, in the keys' order."""
    return sorted(
        f"{KEYS.get(key, key.replace('_', ' '))} : {_moment(value) or _value(value)}"
        for key, value in (details or {}).items()
        if value is not None and value != []
    )


def _moment(value: object) -> str:
    """Return a moment as Paris reads it, and nothing for what is none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return ""
    return moment(datetime.fromisoformat(value))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, dict):
        return ", ".join(detail_lines(value))
    return VALUES.get(str(value), str(value))


NOBODY, PROGRAM = "personne de connu", "le programme"
NO_ACCOUNT = f"{NOBODY}, ou {PROGRAM}"
BY_PROGRAM = frozenset(("export_scheduled", "export_schedule_stopped", "keys_used"))
"""The actions that the program does of itself; whoever has no account does the others."""


@dataclass(frozen=True)
class Words:
    """What an action is called, and what its subject is; `ACCOUNT` is looked up by its id."""

    action: str
    subject: str = ""


ACCOUNT = "compte"
CONTACTS = "contact, groupe ou message"
SWITCH = "réglage"

GROUPS: Mapping[str, Mapping[str, Words]] = {
    "Connexions": {
        "signed_in": Words("Connexion"),
        "signed_out": Words("Déconnexion"),
        "sign_in_failed": Words("Connexion refusée"),
        "code_refused": Words("Code à six chiffres refusé", ACCOUNT),
        "sessions_ended": Words("Sessions fermées", ACCOUNT),
        "password_changed": Words("Mot de passe changé"),
        "password_reset": Words("Mot de passe choisi par un lien reçu"),
        "password_reset_asked": Words("Nouveau mot de passe demandé"),
        "second_factor_set_up": Words("Code à six chiffres mis en place", ACCOUNT),
        "second_factor_removed": Words("Code à six chiffres retiré", ACCOUNT),
        "second_factor_reset": Words("Code à six chiffres retiré pour un autre compte", ACCOUNT),
        "recovery_code_used": Words("Code de secours utilisé", ACCOUNT),
        "recovery_codes_renewed": Words("Codes de secours renouvelés", ACCOUNT),
    },
    "Comptes": {
        "account_invited": Words("Compte proposé", "invitation"),
        "account_invitation_cancelled": Words("Invitation d'un compte annulée", "invitation"),
        "account_opened": Words("Compte ouvert", "invitation"),
        "account_disabled": Words("Compte désactivé", ACCOUNT),
        "account_enabled": Words("Compte réactivé", ACCOUNT),
        "roles_granted": Words("Rôles donnés", ACCOUNT),
        "roles_changed": Words("Rôles changés", ACCOUNT),
    },
    "Coordonnées lues ou changées": {
        "contacts_viewed": Words("Coordonnées de contacts lues", CONTACTS),
        "contacts_imported": Words("Contacts importés", "groupe"),
        "contact_erased": Words("Contact effacé", "contact"),
        "message_opened": Words("Courriel reçu ouvert", "courriel"),
        "attachment_downloaded": Words("Pièce jointe téléchargée", "pièce"),
        "local_mails_viewed": Words("Courriels de la boîte locale lus", "courriel"),
    },
    "Exports": {
        "export_ordered": Words("Classeur demandé", "classeur"),
        "export_downloaded": Words("Classeur téléchargé", "classeur"),
        "export_cancelled": Words("Classeur annulé", "classeur"),
        "export_made": Words("Classeur fait par la ligne de commande"),
        "export_scheduled": Words("Classeur demandé par son calendrier", "classeur"),
        "export_schedule_stopped": Words("Calendrier de classeur arrêté de lui-même", "réglages"),
        "export_setting_kept": Words("Réglages de classeur gardés", "réglages"),
        "export_setting_changed": Words("Réglages de classeur changés", "réglages"),
        "export_setting_removed": Words("Réglages de classeur supprimés", "réglages"),
        "contacts_ordered": Words("Liste de coordonnées demandée", "liste"),
        "contacts_downloaded": Words("Liste de coordonnées téléchargée", "liste"),
        "contacts_cancelled": Words("Liste de coordonnées annulée", "liste"),
        "plan_exported": Words("Plan exporté"),
        "questionnaire_exported": Words("Questionnaire exporté", "tour"),
        "statuses_exported": Words("Évaluations exportées"),
        "trail_exported": Words("Journal exporté"),
        "backup_made": Words("Sauvegarde faite"),
        "tampered_backup_restored": Words("Sauvegarde changée après coup remise"),
        "unsigned_backup_restored": Words("Sauvegarde sans signature sûre remise"),
        "keys_copied": Words("Copie des clés confirmée", "somme"),
        "keys_shown": Words("Clés affichées"),
        "keys_rotated": Words("Clé de chiffrement changée"),
        "keys_used": Words("Clés du site reconnues", "somme"),
        "keys_abandoned": Words("Clés perdues abandonnées"),
    },
    "Plan": {
        "plan_changed": Words("Plan changé", "mesure ou indicateur"),
        "plan_imported": Words("Plan importé"),
        "status_added": Words("Évaluation ajoutée", "mesure"),
        "status_changed": Words("Évaluation changée", "mesure"),
        "status_removed": Words("Évaluation retirée", "mesure"),
        "statuses_imported": Words("Évaluations importées"),
    },
    "Questionnaire et tours": {
        "outline_changed": Words("Questionnaire changé", "question ou rubrique"),
        "outline_discarded": Words("Changements du questionnaire abandonnés", "tour"),
        "questionnaire_imported": Words("Questionnaire importé", "tour"),
        "outline_published": Words("Questionnaire publié", "tour"),
        "form_previewed": Words("Formulaire vu en aperçu", "tour"),
        "round_created": Words("Tour préparé", "tour"),
        "round_changed": Words("Tour changé", "tour"),
        "round_removed": Words("Tour retiré", "tour"),
        "round_announced": Words("Tour annoncé", "tour"),
        "round_opened": Words("Tour ouvert", "tour"),
        "round_closed": Words("Tour fermé", "tour"),
        "round_reopened": Words("Tour rouvert", "tour"),
        "round_text_written": Words("Texte du tour écrit", "tour"),
    },
    "Résultats": {
        "results_published": Words("Chiffres publiés", "mesure"),
        "results_withdrawn": Words("Chiffres retirés de la publication", "mesure"),
    },
    "Invitations": {
        "mailing_composed": Words("Message écrit", "message"),
        "mailing_changed": Words("Message changé", "message"),
        "mailing_tried": Words("Message essayé sur soi", "message"),
        "mailing_started": Words("Envoi lancé", "message"),
        "mailing_paused": Words("Envoi suspendu", "message"),
        "mailing_resumed": Words("Envoi repris", "message"),
        "reminder_drafted": Words("Relance préparée", "message"),
    },
    "Courrier": {
        "message_converted": Words("Courriel converti en contributions", "courriel"),
        "message_danger_raised": Words("Alerte donnée : personne en danger", "courriel"),
        "message_danger_closed": Words("Alerte fermée par une note", "courriel"),
        "message_set_aside": Words("Courriel mis de côté", "courriel"),
        "message_taken_back": Words("Courriel repris", "courriel"),
        "sender_asked": Words("Confirmation demandée à l'expéditeur", "courriel"),
        "mail_tried": Words("Courriel d'essai envoyé à soi", "tour"),
        "mail_resent": Words("Courriel renvoyé", "courriel"),
        "mail_cancelled": Words("Courriel annulé", "courriel"),
        "answers_let_go": Words("Accusés de réception retenus, laissés partir"),
        "address_stopped": Words("Adresse à qui l'on n'écrit plus"),
        "address_allowed": Words("Adresse à qui l'on écrit de nouveau", "adresse"),
    },
    "Modération": {
        "text_decided": Words("Texte relu", "texte"),
        "text_exposed": Words("Passages « sûrs » laissés lisibles, après vérification", "texte"),
        "text_masked": Words("Passages masqués", "texte"),
        "text_unmasked": Words("Masques levés", "texte"),
        "text_erased": Words("Passages effacés pour de bon", "texte"),
        "text_taken_over": Words("Relecture reprise à un·e collègue", "texte"),
        "danger_raised": Words("Alerte donnée : personne en danger", "texte"),
        "danger_closed": Words("Alerte fermée par une note", "texte"),
        "danger_word_added": Words("Mots de danger ajoutés", "mots de danger"),
        "danger_word_removed": Words("Mots de danger retirés", "mots de danger"),
        "response_set_aside": Words("Contribution mise de côté", "contribution"),
        "response_taken_back": Words("Contribution reprise", "contribution"),
        "cluster_decided": Words("Campagne relue en une fois", "campagne"),
        "cluster_split": Words("Texte sorti d'une campagne", "campagne"),
        "cluster_put_back": Words("Texte remis dans une campagne", "campagne"),
        "cluster_merged": Words("Campagnes réunies", "campagne"),
        "cluster_merge_undone": Words("Campagnes séparées de nouveau", "campagne"),
    },
    "Site": {
        "switch_on": Words("Réglage activé", SWITCH),
        "switch_off": Words("Réglage désactivé", SWITCH),
    },
}
WORDS: Mapping[str, Words] = {
    action: words for group in GROUPS.values() for action, words in group.items()
}
ON_ACCOUNTS = frozenset(action for action, words in WORDS.items() if words.subject == ACCOUNT)
"""The actions whose subject is the id of an account."""


def action_words(action: str) -> str:
    """Return an action in words; one that has none yet is shown as it is recorded."""
    words = WORDS.get(action)
    return words.action if words else f"Action « {action} »"


def nobody_words(event: AuditEvent) -> str:
    """Return who did what no account did: the program itself, or somebody unknown."""
    return PROGRAM if event.action in BY_PROGRAM else NOBODY


def subject_words(event: AuditEvent, account_by_subject: Mapping[str, Account]) -> str:
    """Return what an action was done to: the kind of thing and its code, an account's address."""
    if event.subject is None:
        return ""
    words = WORDS.get(event.action)
    if words and words.subject == ACCOUNT:
        account = account_by_subject.get(event.subject)
        return f"compte {account.email if account else event.subject}"
    if words and words.subject == SWITCH:
        return VALUES.get(event.subject, event.subject)
    return f"{words.subject} {event.subject}" if words and words.subject else event.subject


def subject_code(event: AuditEvent, account_by_subject: Mapping[str, Account]) -> str:
    """Return by what an address names the subject: never by an id of the database."""
    words = WORDS.get(event.action)
    if words and words.subject == ACCOUNT:
        account = account_by_subject.get(event.subject or "")
        return account.public_id if account else ""
    subject = event.subject or ""
    return "" if subject.isdecimal() else subject
