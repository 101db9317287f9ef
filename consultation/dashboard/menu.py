"""Menu of the staff: two acts and what serves both, in steps, each with its pages."""

from collections.abc import Mapping, Sequence

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
from consultation.plan.overview import evaluation
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.staff import queries as responses
from consultation.results.public import queries as public_queries
from consultation.web.navigation import Entry, MenuStep
from consultation.web.permissions import Actor, Permission
from consultation.web.typography import counted, day, french, number
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
    says = counted(count, "texte à relire", "textes à relire") + _danger_suffix(marked)
    unread = queue.unread_count(db.session())
    return f"{says} ; la machine en lit encore {number(unread)}" if unread else says


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


ACTS = PRECISE, EVALUATE, ADMINISTER = "Préciser l'outil", "Évaluer le plan", "Administrer"
"""Two acts, each a story in steps, and what serves both."""


def _steps(act: str, descriptions: Mapping[str, str]) -> list[MenuStep]:
    """Return the steps of an act, from what is done in each by its label."""
    return [MenuStep(act, number, *it) for number, it in enumerate(descriptions.items(), 1)]


PREPARE, CONSULT, READ, RESULTS, DECIDE, EDITION, INFORM = _steps(
    PRECISE,
    {
        "Préparer": "Le plan, les questions, le tour et ses textes.",
        "Consulter": "Inviter, recevoir, et voir qui n'a pas encore été entendu.",
        "Relire": "Lire chaque texte avant qu'il ne soit montré.",
        "Résultats": "Ce qu'on dit de chaque indicateur, et ce qui en est public.",
        "Décider": "Garder, modifier, remplacer ou retirer chaque indicateur.",
        "Publier l'édition": "Publier les décisions ensemble, et le document.",
        "Le faire savoir": "Dire aux personnes ce que leur parole a changé.",
    },
)
FIGURES, PUBLISH, JUDGE, INSTITUTIONS, REPORT, SPREAD = _steps(
    EVALUATE,
    {
        "Réunir les chiffres": "Noter ce que vaut chaque indicateur, ou le demander.",
        "Publier les valeurs": "Relire les chiffres, et choisir ceux qui deviennent publics.",
        "Juger": "Dire où en est chaque mesure, selon chacun.",
        "Institutions": "Leur montrer l'évaluation, et publier leur réponse.",
        "Bilan": "Écrire et publier le bilan, chaque chiffre avec sa source.",
        "Le faire savoir": "Donner le bilan à lire, à citer et à vérifier.",
    },
)
TEAM, STATE, SETTINGS = _steps(
    ADMINISTER,
    {
        "Comptes": "Inviter l'équipe, donner et retirer les rôles.",
        "État du site": "Ce qui est à réparer, les sauvegardes, les courriels.",
        "Réglages": "Qui prévenir, les durées de garde, les limites.",
    },
)

STAFF_MENU = (
    Entry(None, "accounts.workspace", "Accueil", Permission.WORKSPACE),
    Entry(PREPARE, "plan_staff.plan", "Plan", Permission.EDIT_PLAN),
    Entry(
        PREPARE,
        "editor.current",
        "Questionnaire",
        Permission.COMPOSE,
        ("editor", "publication", "interchange"),
    ),
    Entry(PREPARE, "rounds.rounds", "Tours", Permission.RUN_ROUNDS, status=round_status),
    Entry(PREPARE, "site_texts.site", "Le collectif", Permission.RUN_ROUNDS, status=site_status),
    Entry(CONSULT, "invitations.overview", "Invitations", Permission.INVITE),
    Entry(
        CONSULT, "inbox.messages", "Courrier reçu", Permission.SORT_INBOX, status=messages_status
    ),
    Entry(
        CONSULT,
        "received.responses",
        "Contributions",
        Permission.READ_RESPONSES,
        status=responses_status,
    ),
    Entry(CONSULT, "coverage.board", "Couverture", Permission.FOLLOW),
    Entry(READ, "moderation.queue", "Modération", Permission.MODERATE, status=texts_status),
    Entry(READ, "danger.alerts", "Alertes", Permission.MODERATE, ("danger",), alerts_status),
    Entry(READ, "clusters.clusters", "Textes semblables", Permission.MODERATE),
    Entry(
        RESULTS,
        "overview.board_page",
        "Vue d'ensemble",
        Permission.FOLLOW,
        ("team_indicator", "indicator_summaries"),
    ),
    Entry(
        RESULTS,
        "publishing_results.measures",
        "Rendre public",
        Permission.PUBLISH_RESULTS,
        status=results_status,
    ),
    Entry(RESULTS, "exporting.exports", "Exporter", Permission.EXPORT_UNREAD),
    Entry(DECIDE, "decisions.board_page", "Décider", Permission.DECIDE, ("one_decision",)),
    Entry(EDITION, "editions.page", "Éditions", Permission.PUBLISH_EDITIONS),
    Entry(EDITION, "staff_documents.page", "Document", Permission.FOLLOW),
    Entry(INFORM, "news.edition", "Le faire savoir", Permission.PUBLISH_EDITIONS),
    Entry(FIGURES, "values.board", "Valeurs", Permission.RECORD_VALUES, ("value_sheets",)),
    Entry(FIGURES, "proposed_values.board", "Valeurs proposées", Permission.RECORD_VALUES),
    Entry(FIGURES, "data_requests.board", "Demandes de chiffres", Permission.RECORD_VALUES),
    Entry(FIGURES, "backlog.page", "Ce qui manque", Permission.RECORD_VALUES),
    Entry(PUBLISH, "value_publication.page", "Valeurs à publier", Permission.PUBLISH_VALUES),
    Entry(JUDGE, "statuses.board", "Avancement", Permission.EDIT_PLAN),
    Entry(
        INSTITUTIONS, "replies.board", "Institutions", Permission.ASK_REPLIES, status=replies_status
    ),
    Entry(REPORT, "staff_reports.page", "Bilan", Permission.PUBLISH_EDITIONS),
    Entry(SPREAD, "news.report", "Le faire savoir", Permission.PUBLISH_EDITIONS),
    Entry(TEAM, "accounts_staff.accounts", "Comptes", Permission.MANAGE_ACCOUNTS),
    Entry(STATE, "site_state.page", "État du site", Permission.CONFIGURE),
    Entry(
        STATE, "mail.outbox_page", "Courriels envoyés", Permission.READ_OUTBOX, status=outbox_status
    ),
    Entry(STATE, "trail.events", "Journal", Permission.READ_TRAIL),
    Entry(STATE, "records.page", "Données personnelles", Permission.MANAGE_ACCOUNTS),
    Entry(SETTINGS, "site_settings.settings", "Réglages", Permission.CONFIGURE, ("proof_of_work",)),
)


def steps_of(act: str) -> Mapping[MenuStep, Entry]:
    """Return the steps of an act, each with its first page."""
    steps: dict[MenuStep, Entry] = {}
    for entry in STAFF_MENU:
        if entry.step and entry.step.act == act:
            steps.setdefault(entry.step, entry)
    return steps


def offered(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return these entries without those of the second act, unless the plan is evaluated."""
    first = [it for it in entries if it.step is None or it.step.act != EVALUATE]
    if len(first) == len(entries) or evaluation.is_evaluated(db.session()):
        return entries
    return first
