"""Labels of the audit log: each action and each of its details in French."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from consultation.accounts.models import Account, AuditEvent
from consultation.settings import ON_SCREEN
from consultation.web.typography import moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d")

KEYS = {
    "added": "ajoutés",
    "after": "après",
    "agreement": "accords",
    "anonymised": "anonymisé",
    "axes": "axes",
    "before": "avant",
    "bytes": "octets",
    "changed": "changés",
    "channel": "voie",
    "closed": "fermés",
    "closes_at": "fermeture",
    "confirmed": "confirmés",
    "count": "nombre",
    "despite": "malgré",
    "change": "changement du plan",
    "decisions": "décisions",
    "edition": "édition",
    "editions": "éditions",
    "language": "langue",
    "older": "du français d'avant",
    "since_edition": "changements depuis l'édition",
    "known": "déjà là",
    "new": "nouveaux",
    "fields": "champs",
    "filters": "filtres",
    "format": "format",
    "from": "repris de",
    "indicators": "indicateurs",
    "is_cut": "coupé à la limite",
    "kind": "sorte",
    "level": "niveau",
    "assessor": "évalué par",
    "number": "numéro",
    "opened": "ouverts",
    "opens_at": "ouverture",
    "other": "autres textes semblables",
    "outcome": "décision",
    "passages": "passages",
    "point": "échéance",
    "locale": "langue",
    "measures": "mesures",
    "moved": "déplacés",
    "name": "nom",
    "reason": "raison",
    "removed": "retirés",
    "renewed": "renouvelés",
    "reports": "bilans",
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
    "trial": "réponse d'essai",
    "backup": "sauvegarde",
    "mail": "courriel",
    "preview": "aperçu",
    "site": "textes du site",
    "referent": "personne à prévenir d'un danger",
    "keys": "copie des clés",
    "team": "deuxième personne qui administre",
    "factor": "vérification en deux étapes",
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
    "paper": "papier",
    "test": "essai",
    "own_duplicate": "doublon de la même personne",
    "out_of_scope": "hors du champ",
    "agreed_contact": "que l'on me contacte",
    "agreed_quoted": "que l'on me cite",
    "agreed_named": "que l'on me cite avec mon nom",
    "proof_of_work": "calcul demandé aux navigateurs",
    "state": "État",
    "collective": "collectif",
    "rapporteur": "rapporteur national",
    "not_engaged": "non engagée",
    "engaged": "engagée",
    "not_done": "non réalisée",
    "partly_done": "partiellement réalisée",
    "done": "réalisée",
    "round_text": "texte du tour",
    "section": "introduction d'une rubrique",
    "indicator": "indicateur",
    "home_title": "titre de l'accueil",
    "home_lead": "chapeau de l'accueil",
    "home_more": "suite de l'accueil",
    "notice": "notice sur les données",
    "members": "membres du collectif",
    "plan_link": "adresse du plan",
    "evaluation": "date de l'évaluation",
    "help": "services qui répondent",
    "publisher": "éditeur du site",
    "director": "directeur de la publication",
    "host": "hébergeur",
    "controller": "responsable des données",
    "legal_basis": "base légale",
    "recipients": "destinataires des données",
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
    "indicators_brought_back": "plusieurs indicateurs remis",
    "indicators_moved": "plusieurs indicateurs changés de mesure",
    "indicators_retired": "plusieurs indicateurs retirés",
    "indicators_undone": "changement de plusieurs indicateurs annulé",
    "measure_added": "mesure ajoutée",
    "measure_brought_back": "mesure remise",
    "measure_edited": "mesure changée",
    "measure_retired": "mesure retirée",
    "values_typed": "valeurs chiffrées",
    "taken": "repris",
    "taken_in_part": "repris en partie",
    "not_taken": "non repris",
    "later": "reporté",
    "kept": "gardé",
    "amended": "modifié",
    "replaced": "remplacé",
    "retired": "retiré",
    "added": "ajouté",
    "not_added": "non ajouté",
    "keep": "le texte reste le même",
    "reword": "nouveau texte",
    "retire": "indicateur retiré",
    "add": "nouvel indicateur",
    "uncountable": "intention",
    "two_things": "deux choses",
    "no_denominator": "sans ensemble",
    "no_unit": "sans unité",
    "no_source": "sans source",
    "undated_target": "cible sans date",
    "moved": "déplacement",
    "question_added": "question ajoutée",
    "question_changed": "question changée",
    "model_chosen": "modèle choisi",
    "translated": "traductions",
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
    "languages": "langues",
}


UNLISTED = frozenset(("invitees", "order"))
"""Details by which an act is taken back, and which nobody reads."""


CODES = {"from": "tour", "other": "textes semblables", "round": "tour", "text": "texte"}
"""Details that may be codes, and of which subject: they are named as it is."""
Names = Mapping[tuple[str, str], str]
"""Names of subjects, by what `GROUPS` calls them and their code."""
NO_NAMES: Names = MappingProxyType({})


def detail_lines(details: Mapping[str, Any] | None, names: Names = NO_NAMES) -> list[str]:
    """Return details as « clé : valeur », sorted, without those that have no value."""
    return sorted(
        f"{KEYS.get(key, key.replace('_', ' '))} :"
        f" {names.get((CODES.get(key, ''), str(value))) or _moment(value) or _value(value)}"
        for key, value in (details or {}).items()
        if value is not None and value != [] and key not in UNLISTED
    )


def _moment(value: object) -> str:
    """Return a moment in Paris time, or an empty text for any other value."""
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


STRANGER, COMMAND, PROGRAM = "une personne sans compte", "depuis le serveur", "le site"
NO_ACCOUNT = "sans compte, depuis le serveur ou par le site"
BY_STRANGER = frozenset(("sign_in_failed", "password_reset_asked"))
BY_PROGRAM = frozenset(("export_scheduled", "export_schedule_stopped", "keys_used"))
"""The actions that the program does by itself; the other ones without an account are commands."""


@dataclass(frozen=True)
class ActionLabel:
    """French label of an action and of its subject; an `ACCOUNT` is looked up by its id."""

    action: str
    subject: str = ""


ACCOUNT = "compte"
CONTACTS = "coordonnées"
DATA_REQUEST = "demande de chiffre"
REPLY_REQUEST = "demande de réponse"
MAIL_RECEIVED, MAIL_QUEUED = "courriel reçu", "courriel du site"
LOCAL_MAIL = "courriel de la boîte locale"
RECORDED = "texte lu à haute voix"
QUESTION = "question ou rubrique"
FORM = "formulaire de la mesure"
SETTING = "réglage"
SWITCH = "protection"

GROUPS: Mapping[str, Mapping[str, ActionLabel]] = {
    "Connexions": {
        "signed_in": ActionLabel("Connexion"),
        "signed_out": ActionLabel("Déconnexion"),
        "sign_in_failed": ActionLabel("Connexion refusée"),
        "code_refused": ActionLabel("Code à six chiffres refusé", ACCOUNT),
        "sessions_ended": ActionLabel("Connexions fermées", ACCOUNT),
        "password_changed": ActionLabel("Mot de passe changé"),
        "password_reset": ActionLabel("Mot de passe choisi par un lien reçu"),
        "password_reset_asked": ActionLabel("Nouveau mot de passe demandé"),
        "own_languages_chosen": ActionLabel("Langues que la personne lit notées", ACCOUNT),
        "second_factor_set_up": ActionLabel("Vérification en deux étapes activée", ACCOUNT),
        "second_factor_removed": ActionLabel("Vérification en deux étapes arrêtée", ACCOUNT),
        "second_factor_reset": ActionLabel(
            "Vérification en deux étapes retirée à un autre compte", ACCOUNT
        ),
        "recovery_code_used": ActionLabel("Code de secours utilisé", ACCOUNT),
        "recovery_codes_renewed": ActionLabel("Codes de secours renouvelés", ACCOUNT),
    },
    "Comptes": {
        "account_invited": ActionLabel("Invitation envoyée", "invitation"),
        "account_invitation_cancelled": ActionLabel("Invitation d'un compte annulée", "invitation"),
        "account_opened": ActionLabel("Compte ouvert", "invitation"),
        "account_disabled": ActionLabel("Accès fermé", ACCOUNT),
        "account_enabled": ActionLabel("Accès rouvert", ACCOUNT),
        "roles_granted": ActionLabel("Rôles donnés", ACCOUNT),
        "roles_changed": ActionLabel("Rôles changés", ACCOUNT),
    },
    "Coordonnées lues ou changées": {
        "contacts_viewed": ActionLabel("Coordonnées de contacts lues", CONTACTS),
        "contacts_imported": ActionLabel("Contacts importés", "groupe"),
        "contact_added": ActionLabel("Contact ajouté", "contact"),
        "contact_changed": ActionLabel("Contact corrigé", "contact"),
        "contact_erased": ActionLabel("Contact effacé", "contact"),
        "contacts_grouped": ActionLabel("Contacts mis dans un groupe", "groupe"),
        "contacts_ungrouped": ActionLabel("Contacts retirés d'un groupe", "groupe"),
        "message_opened": ActionLabel("Courriel reçu ouvert", MAIL_RECEIVED),
        "attachment_downloaded": ActionLabel("Pièce jointe téléchargée", "pièce"),
        "local_mails_viewed": ActionLabel("Courriels de la boîte locale lus", LOCAL_MAIL),
    },
    "Exports": {
        "document_ordered": ActionLabel("Document de travail demandé", "document"),
        "export_ordered": ActionLabel("Classeur demandé", "classeur"),
        "export_downloaded": ActionLabel("Classeur téléchargé", "classeur"),
        "export_cancelled": ActionLabel("Classeur annulé", "classeur"),
        "export_made": ActionLabel("Classeur fait depuis le serveur"),
        "export_scheduled": ActionLabel("Classeur demandé par son calendrier", "classeur"),
        "export_schedule_stopped": ActionLabel(
            "Calendrier de classeur arrêté de lui-même", "réglages"
        ),
        "export_setting_kept": ActionLabel("Réglages de classeur gardés", "réglages"),
        "export_setting_changed": ActionLabel("Réglages de classeur changés", "réglages"),
        "export_setting_removed": ActionLabel("Réglages de classeur supprimés", "réglages"),
        "contacts_ordered": ActionLabel("Liste de coordonnées demandée", "liste"),
        "contacts_downloaded": ActionLabel("Liste de coordonnées téléchargée", "liste"),
        "contacts_cancelled": ActionLabel("Liste de coordonnées annulée", "liste"),
        "plan_exported": ActionLabel("Plan exporté"),
        "questionnaire_exported": ActionLabel("Questionnaire exporté", "tour"),
        "statuses_exported": ActionLabel("Évaluations exportées"),
        "values_exported": ActionLabel("Valeurs exportées"),
        "trail_exported": ActionLabel("Journal exporté"),
        "backup_made": ActionLabel("Sauvegarde faite"),
        "tampered_backup_restored": ActionLabel("Sauvegarde modifiée après coup, restaurée"),
        "unsigned_backup_restored": ActionLabel("Sauvegarde sans signature sûre remise"),
        "keys_copied": ActionLabel("Copie des clés confirmée", "somme"),
        "keys_shown": ActionLabel("Clés affichées"),
        "keys_rotated": ActionLabel("Clé de chiffrement changée"),
        "keys_used": ActionLabel("Clés du site reconnues", "somme"),
        "keys_abandoned": ActionLabel("Clés perdues abandonnées"),
    },
    "Plan": {
        "plan_changed": ActionLabel("Plan changé", "mesure ou indicateur"),
        "plan_imported": ActionLabel("Plan importé"),
        "remark_silenced": ActionLabel("Remarque mise de côté", "indicateur"),
        "remark_restored": ActionLabel("Remarque remise", "indicateur"),
        "synonyms_changed": ActionLabel("Synonymes de la recherche changés"),
        "status_added": ActionLabel("Évaluation ajoutée", "mesure"),
        "status_changed": ActionLabel("Évaluation changée", "mesure"),
        "status_removed": ActionLabel("Évaluation retirée", "mesure"),
        "statuses_imported": ActionLabel("Évaluations importées"),
    },
    "Questionnaire et tours": {
        "outline_changed": ActionLabel("Questionnaire changé", QUESTION),
        "outline_discarded": ActionLabel("Changements du questionnaire abandonnés", "tour"),
        "questionnaire_imported": ActionLabel("Questionnaire importé", "tour"),
        "outline_published": ActionLabel("Questionnaire publié", "tour"),
        "form_previewed": ActionLabel("Formulaire vu en aperçu", "tour"),
        "round_created": ActionLabel("Tour préparé", "tour"),
        "round_changed": ActionLabel("Tour changé", "tour"),
        "round_removed": ActionLabel("Tour retiré", "tour"),
        "round_tried_out": ActionLabel("Essai du tour commencé", "tour"),
        "round_trial_ended": ActionLabel("Essai du tour terminé", "tour"),
        "round_announced": ActionLabel("Tour annoncé", "tour"),
        "round_opened": ActionLabel("Tour ouvert", "tour"),
        "point_put_aside": ActionLabel("Point à vérifier mis de côté", "tour"),
        "round_closed": ActionLabel("Tour fermé", "tour"),
        "round_reopened": ActionLabel("Tour rouvert", "tour"),
        "round_text_written": ActionLabel("Texte du tour écrit", "tour"),
        "site_text_written": ActionLabel("Texte du site écrit"),
        "recording_added": ActionLabel("Enregistrement d'un texte déposé", RECORDED),
        "recording_replaced": ActionLabel("Enregistrement d'un texte remplacé", RECORDED),
        "recording_removed": ActionLabel("Enregistrement d'un texte retiré", RECORDED),
        "page_read": ActionLabel("Relecture d'une page notée", FORM),
        "page_reading_removed": ActionLabel("Relecture d'une page retirée", FORM),
        "reading_logo_put": ActionLabel("Logo des pages relues déposé"),
        "reading_logo_removed": ActionLabel("Logo des pages relues retiré"),
        "language_read": ActionLabel("Langue du site notée comme lue"),
        "translations_exported": ActionLabel("Feuille à traduire téléchargée"),
        "translations_imported": ActionLabel("Traductions importées"),
        "translation_confirmed": ActionLabel("Traduction jugée encore juste"),
        "shipped_translations_taken": ActionLabel("Traductions livrées prises"),
        "language_reading_taken_back": ActionLabel("Lecture d'une langue du site retirée"),
    },
    "Résultats": {
        "results_published": ActionLabel("Chiffres publiés", "mesure"),
        "results_withdrawn": ActionLabel("Chiffres retirés de la publication", "mesure"),
    },
    "Valeurs": {
        "value_reported": ActionLabel("Valeur notée", "indicateur"),
        "value_changed": ActionLabel("Valeur corrigée", "indicateur"),
        "value_withdrawn": ActionLabel("Valeur retirée", "indicateur"),
        "values_published": ActionLabel("Valeurs publiées"),
        "value_unpublished": ActionLabel("Valeur retirée du public", "indicateur"),
        "progress_overridden": ActionLabel("Mot sur l'avancement", "indicateur"),
        "values_imported": ActionLabel("Valeurs importées"),
        "proposed_value_taken": ActionLabel("Valeur proposée reprise", "indicateur"),
        "proposed_value_set_aside": ActionLabel("Valeur proposée écartée", "indicateur"),
        "proposed_value_put_back": ActionLabel("Valeur proposée remise", "indicateur"),
        "data_request_prepared": ActionLabel("Demande de chiffre préparée", DATA_REQUEST),
        "data_request_changed": ActionLabel("Demande de chiffre corrigée", DATA_REQUEST),
        "data_request_noted": ActionLabel("Suite d'une demande de chiffre notée", DATA_REQUEST),
    },
    "Réponses des institutions": {
        "reply_asked": ActionLabel("Réponse demandée à une institution", REPLY_REQUEST),
        "reply_tried": ActionLabel("Demande à une institution essayée sur soi", "mesure"),
        "reply_withdrawn": ActionLabel("Demande à une institution retirée", REPLY_REQUEST),
        "reply_published": ActionLabel("Réponse d'une institution publiée", REPLY_REQUEST),
        "reply_withheld": ActionLabel("Réponse d'une institution non montrée", REPLY_REQUEST),
        "reply_shown": ActionLabel("Réponse d'une institution montrée de nouveau", REPLY_REQUEST),
        "reply_erased": ActionLabel("Adresse ou réponse d'une institution effacée", REPLY_REQUEST),
    },
    "Décisions": {
        "indicator_decided": ActionLabel("Décision prise", "indicateur ou mesure"),
        "indicators_kept": ActionLabel("Plusieurs indicateurs gardés en une fois"),
        "indicators_reopened": ActionLabel("Indicateurs gardés en une fois, remis à décider"),
        "edition_published": ActionLabel("Édition du plan publiée", "édition"),
        "report_published": ActionLabel("Bilan publié", "bilan"),
    },
    "Invitations": {
        "mailing_composed": ActionLabel("Message écrit", "message"),
        "mailing_changed": ActionLabel("Message changé", "message"),
        "mailing_tried": ActionLabel("Message essayé sur soi", "message"),
        "mailing_started": ActionLabel("Envoi lancé", "message"),
        "mailing_paused": ActionLabel("Envoi suspendu", "message"),
        "mailing_resumed": ActionLabel("Envoi repris", "message"),
        "contacts_given_back": ActionLabel("Contacts rendus : rien ne leur est parti", "message"),
        "reminder_drafted": ActionLabel("Relance préparée", "message"),
    },
    "Courrier": {
        "messages_uploaded": ActionLabel("Courriels ajoutés depuis des fichiers"),
        "message_converted": ActionLabel("Courriel converti en contributions", MAIL_RECEIVED),
        "message_danger_raised": ActionLabel("Alerte donnée : personne en danger", MAIL_RECEIVED),
        "message_danger_closed": ActionLabel("Alerte fermée par une note", MAIL_RECEIVED),
        "messages_set_aside": ActionLabel("Plusieurs courriels mis de côté en une fois"),
        "message_set_aside": ActionLabel("Courriel mis de côté", MAIL_RECEIVED),
        "message_taken_back": ActionLabel("Courriel repris", MAIL_RECEIVED),
        "sender_asked": ActionLabel("Confirmation demandée à l'expéditeur", MAIL_RECEIVED),
        "mail_tried": ActionLabel("Courriel d'essai envoyé à soi", "tour"),
        "kept_mail_released": ActionLabel("Courriels gardés, envoyés"),
        "mail_resent": ActionLabel("Courriel renvoyé", MAIL_QUEUED),
        "mail_cancelled": ActionLabel("Courriel annulé", MAIL_QUEUED),
        "answers_let_go": ActionLabel("Accusés de réception retenus, laissés partir"),
        "address_stopped": ActionLabel("Adresse à qui l'on n'écrit plus"),
        "address_allowed": ActionLabel("Adresse à qui l'on écrit de nouveau", "adresse"),
    },
    "Modération": {
        "text_decided": ActionLabel("Texte relu", "texte"),
        "texts_decided": ActionLabel("Plusieurs textes relus en une fois"),
        "texts_reopened": ActionLabel("Décision sur plusieurs textes annulée"),
        "text_exposed": ActionLabel(
            "Passages « sûrs » laissés lisibles, après vérification", "texte"
        ),
        "text_masked": ActionLabel("Passages masqués", "texte"),
        "text_unmasked": ActionLabel("Masques levés", "texte"),
        "text_erased": ActionLabel("Passages effacés pour de bon", "texte"),
        "text_note_kept": ActionLabel("Note écrite sur un texte, ou texte confié", "texte"),
        "text_note_removed": ActionLabel("Note d'un texte retirée", "texte"),
        "text_language_recognised": ActionLabel("Langue d'un texte reconnue", "texte"),
        "text_translated": ActionLabel("Texte traduit en français", "texte"),
        "text_translation_removed": ActionLabel("Traduction retirée", "texte"),
        "text_taken_over": ActionLabel("Relecture reprise à un autre membre de l'équipe", "texte"),
        "danger_raised": ActionLabel("Alerte donnée : personne en danger", "texte"),
        "danger_closed": ActionLabel("Alerte fermée par une note", "texte"),
        "danger_dismissed": ActionLabel("Alerte écartée : ce n'est pas un danger", "texte"),
        "danger_word_added": ActionLabel("Mots de danger ajoutés", "mots de danger"),
        "danger_word_removed": ActionLabel("Mots de danger retirés", "mots de danger"),
        "response_entered": ActionLabel("Réponse saisie par l'équipe", "contribution"),
        "response_set_aside": ActionLabel("Contribution mise de côté", "contribution"),
        "response_taken_back": ActionLabel("Contribution reprise", "contribution"),
        "cluster_decided": ActionLabel("Textes semblables relus en une fois", "textes semblables"),
        "cluster_split": ActionLabel("Texte détaché de textes semblables", "textes semblables"),
        "cluster_put_back": ActionLabel(
            "Texte remis avec les textes semblables", "textes semblables"
        ),
        "cluster_merged": ActionLabel("Textes semblables réunis", "textes semblables"),
        "cluster_merge_undone": ActionLabel(
            "Textes semblables séparés de nouveau", "textes semblables"
        ),
    },
    "Site": {
        "setting_changed": ActionLabel("Réglage changé", SETTING),
        "trial_remains_removed": ActionLabel("Restes d'un essai retirés"),
        "switch_on": ActionLabel("Réglage activé", SWITCH),
        "switch_off": ActionLabel("Réglage désactivé", SWITCH),
    },
}
LABELS: Mapping[str, ActionLabel] = {
    action: label for group in GROUPS.values() for action, label in group.items()
}
ON_ACCOUNTS = frozenset(action for action, label in LABELS.items() if label.subject == ACCOUNT)
"""The actions whose subject is the id of an account."""


def action_label(action: str) -> str:
    """Return the French label of an action, or the action itself if it has none."""
    label = LABELS.get(action)
    return label.action if label else f"Action « {action} »"


def unknown_actor_label(event: AuditEvent) -> str:
    """Return the label of an actor without an account: a stranger, the program, or a command."""
    if event.action in BY_STRANGER:
        return STRANGER
    return PROGRAM if event.action in BY_PROGRAM else COMMAND


def subject_label(
    event: AuditEvent,
    account_by_subject: Mapping[str, Account],
    names: Names = NO_NAMES,
) -> str:
    """Return the subject of an event in French: its kind and name, else its kind and code."""
    if event.subject is None:
        return ""
    label = LABELS.get(event.action)
    if label and label.subject == ACCOUNT:
        account = account_by_subject.get(event.subject)
        return f"compte {account.email if account else event.subject}"
    if label and label.subject == SETTING and event.subject in ON_SCREEN:
        return f"« {ON_SCREEN[event.subject].label} »"
    if label and label.subject == SWITCH:
        return VALUES.get(event.subject, event.subject)
    if label and label.subject:
        return f"{label.subject} {names.get((label.subject, event.subject), event.subject)}"
    return event.subject


def subject_code(event: AuditEvent, account_by_subject: Mapping[str, Account]) -> str:
    """Return the code that the page's address uses for a subject, never a database id."""
    label = LABELS.get(event.action)
    if label and label.subject == ACCOUNT:
        account = account_by_subject.get(event.subject or "")
        return account.public_id if account else ""
    subject = event.subject or ""
    return "" if subject.isdecimal() else subject
