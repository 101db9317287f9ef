"""Dashboard of the staff: menu entries, each with its status on the home page."""

from consultation.clock import in_paris, now
from consultation.collective import texts as site_texts
from consultation.extensions import db
from consultation.inbox import queries as messages
from consultation.inbox.models import State
from consultation.institutions.replies import queries as replies
from consultation.mail import outbox
from consultation.mail.models import MessageStatus
from consultation.moderation import queue
from consultation.moderation.danger import alerts
from consultation.moderation.queue import Tab
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.staff import queries as responses
from consultation.results.public import queries as public_queries
from consultation.web.navigation import Entry
from consultation.web.permissions import Actor, Permission
from consultation.web.typography import counted, day, french
from consultation.work.services import Work


def round_status(_actor: Actor) -> str:
    """Return until when the current round is open, or when it opens or closed."""
    current, at = _round(), now()
    if current is None:
        return "aucun tour annoncé"
    if current.is_trial:
        return "à l'essai"
    if at < current.opens_at:
        return f"ouvre le {day(current.opens_at)}"
    state = "ouvert jusqu'au" if at < current.closes_at else "fermé depuis le"
    return f"{state} {day(current.closes_at)}"


def site_status(_actor: Actor) -> str:
    """Return how many texts of the site are to be written, nothing when all are."""
    count = len(site_texts.missing(site_texts.in_force(db.session())))
    return counted(count, "texte à compléter", "textes à compléter") if count else ""


def responses_status(actor: Actor) -> str:
    """Return how many responses of the round are neither replaced nor withdrawn."""
    current = _round()
    count = responses.current_count(Work(db.session(), actor), current.id) if current else 0
    return counted(count, "contribution", "contributions")


def texts_status(actor: Actor) -> str:
    """Return how many texts wait for a moderator, the second one included."""
    counts = queue.counts(Work(db.session(), actor))
    count = counts[Tab.WAITING] + counts[Tab.SECONDING]
    marked = queue.danger_count(Work(db.session(), actor))
    return counted(count, "texte à relire", "textes à relire") + _danger_suffix(marked)


def alerts_status(_actor: Actor) -> str:
    """Return how many alerts are open, nothing when none is."""
    count = alerts.open_count(db.session())
    return counted(count, "alerte ouverte", "alertes ouvertes") if count else ""


def messages_status(actor: Actor) -> str:
    """Return how many received mails wait for a decision."""
    count = messages.counts(Work(db.session(), actor))[State.WAITING]
    marked = messages.danger_count(Work(db.session(), actor))
    return counted(count, "courriel à lire", "courriels à lire") + _danger_suffix(marked)


def replies_status(_actor: Actor) -> str:
    """Return how many requests to institutions are over and unpublished, nothing when none is."""
    count = replies.to_publish_count(db.session(), in_paris(now()).date())
    return counted(count, "réponse à publier", "réponses à publier") if count else ""


def results_status(_actor: Actor) -> str:
    """Return of how many measures figures are public."""
    return counted(public_queries.measure_count(db.session()), "mesure publiée", "mesures publiées")


def outbox_status(_actor: Actor) -> str:
    """Return how many mails could not be delivered, nothing when all could."""
    count = outbox.counts(db.session())[MessageStatus.UNDELIVERABLE]
    return counted(count, "abandonné", "abandonnés") if count else ""


def _danger_suffix(count: int) -> str:
    return french(f", dont {count} à lire d'abord (danger possible)") if count else ""


def _round() -> Round | None:
    return queries.current(db.session(), now())


STAFF_MENU = (
    Entry(
        "",
        "accounts.workspace",
        "Accueil",
        Permission.WORKSPACE,
        "Ce que vos rôles vous permettent de faire.",
    ),
    Entry(
        "Préparer",
        "plan_staff.plan",
        "Plan",
        Permission.EDIT_PLAN,
        "Charger la liste des mesures, écrire et corriger les indicateurs.",
    ),
    Entry(
        "Préparer",
        "editor.current",
        "Questionnaire",
        Permission.COMPOSE,
        "Écrire les questions, communes ou propres à une mesure.",
        ("editor", "publication", "interchange"),
    ),
    Entry(
        "Préparer",
        "rounds.rounds",
        "Tours",
        Permission.RUN_ROUNDS,
        "Préparer, ouvrir et fermer un tour, et écrire ses textes.",
        status=round_status,
    ),
    Entry(
        "Préparer",
        "site_texts.site",
        "Site",
        Permission.RUN_ROUNDS,
        "Dire qui est le collectif, qui répond du site et qui appeler.",
        status=site_status,
    ),
    Entry(
        "Recueillir",
        "invitations.overview",
        "Invitations",
        Permission.INVITE,
        "Écrire aux personnes à consulter, et suivre qui a répondu.",
    ),
    Entry(
        "Recueillir",
        "inbox.messages",
        "Courrier reçu",
        Permission.SORT_INBOX,
        "Lire les courriels reçus, et en faire des contributions.",
        status=messages_status,
    ),
    Entry(
        "Recueillir",
        "received.responses",
        "Contributions",
        Permission.READ_RESPONSES,
        "Lire ce qui est arrivé, mesure par mesure.",
        status=responses_status,
    ),
    Entry(
        "Relire",
        "moderation.queue",
        "Modération",
        Permission.MODERATE,
        "Relire les textes avant qu'ils ne soient montrés.",
        status=texts_status,
    ),
    Entry(
        "Relire",
        "danger.alerts",
        "Alertes",
        Permission.MODERATE,
        "Noter ce qui a été fait pour une personne en danger, et dire quels mots alertent.",
        ("danger",),
        status=alerts_status,
    ),
    Entry(
        "Relire",
        "clusters.clusters",
        "Textes semblables",
        Permission.MODERATE,
        "Voir les textes qui disent presque la même chose, et décider pour tous.",
    ),
    Entry(
        "Suivre",
        "coverage.board",
        "Couverture",
        Permission.FOLLOW,
        "Voir qui n'a pas encore été entendu, mesure par mesure.",
    ),
    Entry(
        "Suivre",
        "statuses.board",
        "Avancement",
        Permission.EDIT_PLAN,
        "Dire où en est chaque mesure, selon l'État, le collectif et le rapporteur national.",
        ("backlog",),
    ),
    Entry(
        "Suivre",
        "values.board",
        "Valeurs",
        Permission.RECORD_VALUES,
        "Noter ce que vaut chaque indicateur, d'où vient le chiffre, et pourquoi il manque.",
        ("value_publication", "value_sheets"),
    ),
    Entry(
        "Suivre",
        "proposed_values.board",
        "Valeurs proposées",
        Permission.RECORD_VALUES,
        "Noter ou écarter les nombres donnés dans la consultation.",
    ),
    Entry(
        "Suivre",
        "data_requests.board",
        "Demandes de chiffres",
        Permission.RECORD_VALUES,
        "Écrire à qui tient un chiffre, et suivre ce que la lettre devient.",
    ),
    Entry(
        "Suivre",
        "replies.board",
        "Réponses des institutions",
        Permission.ASK_REPLIES,
        "Montrer une évaluation à l'institution en charge, et publier sa réponse à côté.",
        status=replies_status,
    ),
    Entry(
        "Résultats",
        "overview.board_page",
        "Vue d'ensemble",
        Permission.FOLLOW,
        "Voir tous les indicateurs d'un tour sur une page : ce qu'on en garde, ce qui divise.",
    ),
    Entry(
        "Résultats",
        "indicator_summaries.table",
        "Indicateurs",
        Permission.FOLLOW,
        "Voir ce que l'on dit de chaque indicateur, et ce que l'on propose à sa place.",
    ),
    Entry(
        "Résultats",
        "decisions.board_page",
        "Préciser",
        Permission.DECIDE,
        "Décider de chaque indicateur, d'après ce qui a été dit.",
        ("one_decision",),
    ),
    Entry(
        "Résultats",
        "editions.page",
        "Éditions",
        Permission.PUBLISH_EDITIONS,
        "Publier des décisions ensemble : une nouvelle version de l'outil.",
    ),
    Entry(
        "Résultats",
        "staff_reports.page",
        "Bilan",
        Permission.PUBLISH_EDITIONS,
        "Écrire et publier le bilan du plan : ses textes, ses chiffres, ses citations.",
    ),
    Entry(
        "Résultats",
        "publishing_results.measures",
        "Rendre public",
        Permission.PUBLISH_RESULTS,
        "Lire les chiffres de chaque mesure, et dire ce qui en est public.",
        status=results_status,
    ),
    Entry(
        "Résultats",
        "staff_documents.page",
        "Document",
        Permission.FOLLOW,
        "Préparer le document de travail d'une édition, à imprimer ou à reprendre.",
    ),
    Entry(
        "Résultats",
        "exporting.exports",
        "Exporter",
        Permission.EXPORT_UNREAD,
        "Préparer un classeur des contributions d'un tour, ou la liste des coordonnées.",
    ),
    Entry(
        "Administrer",
        "accounts_staff.accounts",
        "Comptes",
        Permission.MANAGE_ACCOUNTS,
        "Inviter l'équipe, donner et retirer les rôles, fermer un accès.",
    ),
    Entry(
        "Administrer",
        "mail.outbox_page",
        "Courriels envoyés",
        Permission.READ_OUTBOX,
        "Voir ce qui est parti, ce qui attend et pourquoi.",
        status=outbox_status,
    ),
    Entry(
        "Administrer",
        "trail.events",
        "Journal",
        Permission.READ_TRAIL,
        "Qui a lu, changé ou exporté quoi, et quand.",
    ),
    Entry(
        "Administrer",
        "site_state.page",
        "État du site",
        Permission.CONFIGURE,
        "Voir ce qui est à réparer, les sauvegardes et le service, et sauvegarder maintenant.",
    ),
    Entry(
        "Administrer",
        "site_settings.settings",
        "Réglages",
        Permission.CONFIGURE,
        "Choisir qui prévenir, les durées de garde et les limites, et ralentir les robots.",
        ("proof_of_work",),
    ),
    Entry(
        "Administrer",
        "records.page",
        "Données personnelles",
        Permission.MANAGE_ACCOUNTS,
        "Le registre et les autres documents que la loi demande, à relire par le conseil.",
    ),
)
