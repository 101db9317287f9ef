"""Dashboard: the staff's menu entries, and the figures of their home page."""

from consultation.clock import now
from consultation.extensions import db
from consultation.inbox import queries as messages
from consultation.inbox.models import State
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


def of_the_round(_actor: Actor) -> str:
    """Say until when the round is open, or from when on it will be."""
    found, at = _round(), now()
    if found is None:
        return "aucun tour annoncé"
    if at < found.opens_at:
        return f"ouvre le {day(found.opens_at)}"
    stands = "ouvert jusqu'au" if at < found.closes_at else "fermé depuis le"
    return f"{stands} {day(found.closes_at)}"


def of_responses(actor: Actor) -> str:
    """Say how many responses the round has."""
    found = _round()
    count = responses.standing_count(db.session(), actor, found.id) if found else 0
    return counted(count, "contribution", "contributions")


def of_texts(actor: Actor) -> str:
    """Say how many texts wait for somebody to read them, or for a second person."""
    found = queue.counts(db.session(), actor)
    count = found[Tab.WAITING] + found[Tab.SECONDING]
    marked = queue.danger_count(db.session(), actor)
    return counted(count, "texte à relire", "textes à relire") + _of_danger(marked)


def of_alerts(_actor: Actor) -> str:
    """Say how many alerts are open, when there are any."""
    count = alerts.open_count(db.session())
    return counted(count, "alerte ouverte", "alertes ouvertes") if count else ""


def of_messages(actor: Actor) -> str:
    """Say how many mails that came in wait for a decision."""
    count = messages.counts(db.session(), actor)[State.WAITING]
    marked = messages.danger_count(db.session(), actor)
    return counted(count, "courriel à lire", "courriels à lire") + _of_danger(marked)


def of_results(_actor: Actor) -> str:
    """Say of how many measures figures are public."""
    return counted(public_queries.measure_count(db.session()), "mesure publiée", "mesures publiées")


def of_mails(_actor: Actor) -> str:
    """Say how many mails could not leave, when there are any."""
    count = outbox.counts(db.session())[MessageStatus.UNDELIVERABLE]
    return counted(count, "abandonné", "abandonnés") if count else ""


def _of_danger(count: int) -> str:
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
        "statuses.board",
        "Avancement",
        Permission.EDIT_PLAN,
        "Dire où en est chaque mesure, selon l'État, le collectif et le rapporteur national.",
    ),
    Entry(
        "Préparer",
        "composing.current",
        "Questionnaire",
        Permission.COMPOSE,
        "Écrire les questions, communes ou propres à une mesure.",
        ("composing", "publishing", "interchange"),
    ),
    Entry(
        "Préparer",
        "rounds.rounds",
        "Tours",
        Permission.RUN_ROUNDS,
        "Préparer, ouvrir et fermer un tour, et écrire ses textes.",
        stands=of_the_round,
    ),
    Entry(
        "Recueillir",
        "coverage.board",
        "Couverture",
        Permission.FOLLOW,
        "Voir qui n'a pas encore été entendu, mesure par mesure.",
    ),
    Entry(
        "Recueillir",
        "received.responses",
        "Contributions",
        Permission.READ_RESPONSES,
        "Lire ce qui est arrivé, mesure par mesure.",
        stands=of_responses,
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
        stands=of_messages,
    ),
    Entry(
        "Relire",
        "moderation.queue",
        "Modération",
        Permission.MODERATE,
        "Relire les textes avant qu'ils ne soient montrés.",
        stands=of_texts,
    ),
    Entry(
        "Relire",
        "danger.alerts",
        "Alertes",
        Permission.MODERATE,
        "Noter ce qui a été fait pour une personne en danger, et dire quels mots alertent.",
        ("danger",),
        stands=of_alerts,
    ),
    Entry(
        "Relire",
        "clusters.clusters",
        "Campagnes",
        Permission.MODERATE,
        "Voir les textes qui disent presque la même chose, et décider pour tous.",
    ),
    Entry(
        "Résultats",
        "fates.table",
        "Indicateurs",
        Permission.FOLLOW,
        "Voir ce que l'on dit de chaque indicateur, et ce que l'on propose à sa place.",
    ),
    Entry(
        "Résultats",
        "publishing_results.measures",
        "Publication",
        Permission.PUBLISH_RESULTS,
        "Lire les chiffres de chaque mesure, et dire ce qui en est public.",
        stands=of_results,
    ),
    Entry(
        "Exporter",
        "exporting.exports",
        "Classeurs",
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
        "trail.events",
        "Journal",
        Permission.READ_TRAIL,
        "Qui a lu, changé ou exporté quoi, et quand.",
    ),
    Entry(
        "Administrer",
        "mail.outbox_page",
        "Courriels",
        Permission.READ_OUTBOX,
        "Voir ce qui est parti, ce qui attend et pourquoi.",
        stands=of_mails,
    ),
    Entry(
        "Administrer",
        "guarding.attack",
        "Sous attaque",
        Permission.GUARD,
        "Ralentir les robots quand ils envoient des formulaires en nombre.",
    ),
    Entry(
        "Administrer",
        "records.page",
        "Données personnelles",
        Permission.MANAGE_ACCOUNTS,
        "Le registre et les autres documents que la loi demande, à relire par le conseil.",
    ),
)
