"""Tasks of the day: what is to be done now, for what an actor may do, and where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.clock import in_paris
from consultation.dashboard import news
from consultation.dashboard.menu import (
    CONSULT,
    DECIDE,
    EDITION,
    FIGURES,
    INFORM,
    INSTITUTIONS,
    JUDGE,
    PREPARE,
    PUBLISH,
    READ,
    REPORT,
    RESULTS,
)
from consultation.decisions import editions
from consultation.decisions.staff import board as decisions_board
from consultation.i18n import name_of
from consultation.inbox import queries as messages
from consultation.inbox.models import State
from consultation.institutions.data_requests import queries as data_requests
from consultation.institutions.data_requests.life import UNKNOWN, Delays, RequestState, delays_of
from consultation.institutions.replies import queries as replies
from consultation.mail import outbox
from consultation.mail.models import MessageStatus
from consultation.moderation import queue
from consultation.moderation.danger import alerts
from consultation.moderation.queue import FollowUp, Tab
from consultation.operations import readiness
from consultation.plan.models import Assessor
from consultation.plan.overview.backlog import backlog, may_have_backlog
from consultation.plan.overview.evaluation import is_evaluated
from consultation.plan.values import publication as value_publication
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import checklist, lifecycle, offers
from consultation.questionnaires.rounds.checklist import BACKED_UP, Site
from consultation.questionnaires.rounds.choice import working_round
from consultation.questionnaires.rounds.lifecycle import RoundState
from consultation.reports import editions as reports
from consultation.results.coverage import board as coverage_board
from consultation.results.coverage.board import Side
from consultation.results.proposed_values import queries as proposed_values
from consultation.results.public import queries as public_queries
from consultation.web.navigation import MenuStep
from consultation.web.permissions import Permission
from consultation.web.typography import counted, number
from consultation.work.actions import current_work
from consultation.work.services import Work

BACKUP_DAYS = 2
CLOSING_DAYS = 7
"""How many days before its closing a round is worth a word."""
SILENT_DAYS = 30
"""Days after which the team notes of a letter what became of it, whatever the law says of them."""
LEFT = ("point reste à régler", "points restent à régler")
COPIED = ("export_downloaded", "export_made")
"""Acts by which contributions are kept elsewhere."""
UNHEARD_AFTER = 4
"""Nobody is missed before one fourth of a round is over."""


@dataclass(frozen=True)
class Task:
    """Something to do, and the page where it is done; `is_urgent`: somebody may be in danger."""

    sentence: str
    button: str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    is_urgent: bool = False
    step: MenuStep | None = None
    """The step of an act that it is the next thing of."""


def of_today() -> list[Task]:
    """Return the tasks of who is signed in, on the round that is worked on."""
    work, config = current_work(), current_app.config
    site = readiness.site_of(work.session, config)
    return tasks(work, working_round(), site, delays_of(config))


def tasks(work: Work, worked_on: Round | None, site: Site, delays: Delays = UNKNOWN) -> list[Task]:
    """Return the tasks that the actor can do now: the urgent ones first, then the lasting ones."""
    every = [
        *_lasting(work, worked_on, site),
        *_of_moderators(work),
        *_of_organisers(work, worked_on, site),
        *_of_evaluation(work, delays),
        *_of_administrators(work),
    ]
    return sorted(every, key=lambda task: not task.is_urgent)


def _of_moderators(work: Work) -> Iterator[Task]:
    if not work.actor.may(Permission.MODERATE):
        return
    if count := alerts.open_count(work.session):
        says = counted(count, "alerte ouverte", "alertes ouvertes")
        yield Task(says, "Voir qui est en danger", "danger.alerts", is_urgent=True)
    if count := queue.danger_count(work):
        says = counted(count, "texte parle peut-être d'un danger", "textes parlent d'un danger")
        yield Task(says, "Les lire d'abord", "moderation.queue", is_urgent=True)
    for tab, count in queue.assigned_counts(work).items():
        if count:
            says = counted(count, "texte vous est confié", "textes vous sont confiés")
            to = {"etat": tab.value, "suivi": FollowUp.MINE.value}
            yield Task(says, "Les voir", "moderation.queue", to)
    counts = queue.counts(work)
    if count := counts[Tab.WAITING] + counts[Tab.SECONDING]:
        says = counted(count, "texte à relire", "textes à relire")
        if unread := queue.unread_count(work.session):
            says += f" ; la machine en lit encore {number(unread)}"
        yield Task(says, "Relire", "moderation.queue", step=READ)


def _of_organisers(work: Work, worked_on: Round | None, site: Site) -> Iterator[Task]:
    if work.actor.may(Permission.SORT_INBOX):
        if count := messages.danger_count(work):
            forms = "courriel parle peut-être d'un danger", "courriels parlent d'un danger"
            says = counted(count, *forms)
            yield Task(says, "Les lire d'abord", "inbox.messages", is_urgent=True)
        if count := messages.counts(work)[State.WAITING]:
            says = counted(count, "courriel reçu à lire", "courriels reçus à lire")
            yield Task(says, "Lire le courrier", "inbox.messages")
    if work.actor.may(Permission.RUN_ROUNDS):
        yield from _of_round(work, worked_on, site)
    if work.actor.may(Permission.DECIDE):
        yield from _of_decisions(work.session, worked_on, work.at)


def _of_evaluation(work: Work, delays: Delays) -> Iterator[Task]:
    """Yield the tasks of the second act, once the plan is evaluated."""
    if not is_evaluated(work.session):
        return
    session, today = work.session, in_paris(work.at).date()
    if work.actor.may(Permission.RECORD_VALUES):
        yield from _of_plan(session, today)
        yield from _of_letters(session, today, delays)
        yield from _of_proposals(work)
    if work.actor.may(Permission.PUBLISH_VALUES) and (
        count := value_publication.waiting_count(session)
    ):
        says = counted(count, "valeur n'est pas publique", "valeurs ne sont pas publiques")
        yield Task(says, "Relire et publier", "value_publication.page", step=PUBLISH)
    if work.actor.may(Permission.ASK_REPLIES):
        if count := replies.to_publish_count(session, today):
            says = counted(count, "réponse d'institution à publier", "réponses à publier")
            yield Task(says, "Les publier", "replies.board", step=INSTITUTIONS)
        if count := replies.early_count(session, today):
            says = counted(count, "institution a répondu", "institutions ont répondu")
            says = f"{says} avant la date demandée"
            yield Task(says, "Lire ce qu'elle dit", "replies.board", step=INSTITUTIONS)
    if work.actor.may(Permission.PUBLISH_EDITIONS) and reports.in_preparation(session):
        says, button = "Un bilan est commencé", "Le relire et le publier"
        yield Task(says, button, "staff_reports.page", step=REPORT)


def _of_letters(session: Session, today: date, delays: Delays) -> Iterator[Task]:
    """Yield the letters that wait for somebody."""
    letters = data_requests.listed(session, delays)
    if count := [it.state for it in letters].count(RequestState.PREPARED):
        forms = "demande de chiffres n'est pas partie", "demandes ne sont pas parties"
        says, button = counted(count, *forms), "Envoyer les lettres"
        yield Task(says, button, "data_requests.board", step=FIGURES)
    long_ago = today - timedelta(days=SILENT_DAYS)
    sent = [it.since for it in letters if it.state is RequestState.REQUESTED]
    if count := sum(since is not None and since <= long_ago for since in sent):
        forms = "lettre n'a pas eu", "lettres n'ont pas eu"
        says = f"{counted(count, *forms)} de réponse en {SILENT_DAYS} jours"
        to = {"etat": RequestState.REQUESTED.value}
        yield Task(says, "Noter la réponse ou le silence", "data_requests.board", to, step=FIGURES)
    if count := sum(bool(it.referral and it.referral.is_open(today)) for it in letters):
        forms = "demande peut aller à la CADA", "demandes peuvent aller à la CADA"
        says, button = counted(count, *forms), "Voir lesquelles"
        yield Task(says, button, "data_requests.board", step=FIGURES)


def _of_proposals(work: Work) -> Iterator[Task]:
    """Yield the values that respondents proposed and nobody has examined."""
    if not work.actor.may(Permission.READ_RESPONSES):
        return
    waiting = sa.select(sa.func.count()).select_from(proposed_values.waiting(work).subquery())
    if count := work.session.scalar(waiting) or 0:
        forms = "valeur proposée à examiner", "valeurs proposées à examiner"
        says, button = counted(count, *forms), "Les examiner"
        yield Task(says, button, "proposed_values.board", step=FIGURES)


def _of_plan(session: Session, today: date) -> Iterator[Task]:
    """Yield the judgements and figures that are due, once a point of the plan is over."""
    if not may_have_backlog(session, today):
        return
    left = backlog(session, today)
    if count := sum(it.is_over for it in left.unjudged[Assessor.COLLECTIVE]):
        says = counted(count, "mesure sans avis du collectif", "mesures sans avis du collectif")
        says = f"{says} pour l'échéance passée"
        yield Task(says, "Voir lesquelles", "backlog.page", {"_anchor": "juger"}, step=JUDGE)
    if count := len(left.unrequested):
        says = counted(count, "chiffre à demander", "chiffres à demander")
        yield Task(says, "Voir à qui", "backlog.page", step=FIGURES)


def _of_decisions(session: Session, worked_on: Round | None, at: datetime) -> Iterator[Task]:
    """Yield the decisions that are due once a round is over, and the decisions to publish."""
    is_over = worked_on and lifecycle.state_of(worked_on, at) is RoundState.CLOSED
    if worked_on and is_over and (count := decisions_board.undecided_count(session, worked_on)):
        says = counted(count, "indicateur à décider", "indicateurs à décider")
        yield Task(says, "Décider", "decisions.board_page", {"etat": "a-decider"}, step=DECIDE)
    if editions.edition_in_preparation(session):
        says, button = "Une édition est commencée", "La relire et la publier"
        yield Task(says, button, "editions.page", step=EDITION)
    elif count := editions.unpublished_count(session):
        says = counted(count, "décision attend une édition", "décisions attendent une édition")
        yield Task(says, "Publier", "editions.page", step=EDITION)
    if (last := editions.published_edition(session)) and not news.is_told(session, last):
        says = f"Personne n'a été averti de l'édition {last.number}"
        yield Task(says, "Le faire savoir", "news.edition", step=INFORM)


def _of_round(work: Work, worked_on: Round | None, site: Site) -> Iterator[Task]:
    """Yield the tasks of the round's state."""
    if worked_on is None:
        yield Task("Aucun tour n'est préparé", "Préparer un tour", "rounds.new", step=PREPARE)
        return
    code = {"code": worked_on.code}
    match lifecycle.state_of(worked_on, work.at):
        case RoundState.TRIAL:
            says, button = "Le tour est à l'essai", "Terminer l'essai"
            yield Task(says, button, "rounds.round_page", code, step=PREPARE)
        case RoundState.OPEN:
            yield from _of_open_round(work, worked_on)
        case RoundState.PREPARED | RoundState.ANNOUNCED:
            left = checklist.open_points(checklist.checklist(work.session, worked_on, site))
            says = "Le tour n'est pas encore ouvert"
            if left:
                says += (
                    f" : {counted(len(left), 'point reste à régler', 'points restent à régler')}"
                )
            yield Task(says, "Le préparer", "rounds.round_page", code, step=PREPARE)
        case RoundState.CLOSED:
            yield from _of_closed_round(work, worked_on)


def _of_closed_round(work: Work, closed: Round) -> Iterator[Task]:
    if not public_queries.has_results(work.session, round_id=closed.id):
        says = "Le tour est fermé, et rien n'en est encore public"
        yield Task(says, "Rendre public", "publishing_results.measures", step=RESULTS)
    copied = sa.select(AuditEvent.id).where(
        AuditEvent.action.in_(COPIED), AuditEvent.happened_at >= closed.closes_at
    )
    if work.session.scalar(copied.limit(1)) is None:
        yield Task("Garder une copie des contributions", "Exporter", "exporting.exports")


def _lasting(work: Work, worked_on: Round | None, site: Site) -> Iterator[Task]:
    """Yield the lasting points that the actor can settle, until each is done or put aside.

    Before it opens, the page of a round counts them among its own.
    """
    runs_rounds = work.actor.may(Permission.RUN_ROUNDS)
    if runs_rounds and (
        worked_on is None or lifecycle.state_of(worked_on, work.at) in lifecycle.NOT_YET_OPEN
    ):
        return
    if left := checklist.left_to(work, worked_on, site):
        says = counted(len(left), *LEFT)
        named = ", ".join(_uncapitalised(it.label) for it in left)
        if runs_rounds and worked_on:
            place = "rounds.round_page", {"code": worked_on.code, "_anchor": "left-title"}
        else:
            place = "site_state.page", {"_anchor": "left-title"}
        yield Task(f"{says} : {named}", "Les régler", *place)


def _of_open_round(work: Work, opened: Round) -> Iterator[Task]:
    if store.has_changes(work.session, opened):
        says = "Le questionnaire a des changements qui ne sont pas publiés"
        yield Task(says, "Les voir", "publication.changes", {"code": opened.code})
    offered = offers.offers_of(work.session, opened)
    if undone := [f"en {name_of(it.tag)}" for it in offered if it.is_chosen and not it.is_made]:
        says = f"Le formulaire n'est pas encore proposé {', '.join(undone)}"
        yield Task(says, "Voir ce qui manque", "languages.listing")
    lasted = work.at - opened.opens_at
    is_early = lasted * UNHEARD_AFTER < opened.closes_at - opened.opens_at
    silent = [] if is_early else coverage_board.unheard(work, opened, Side.CAPACITY)
    if silent:
        says = counted(len(silent), "qualité jamais entendue", "qualités jamais entendues")
        says = f"{says} : {_enumerated(silent)}"
        yield Task(says, "Voir qui inviter", "coverage.board", step=CONSULT)
    left = opened.closes_at - work.at
    if timedelta() < left < timedelta(days=CLOSING_DAYS):
        says = f"Le tour ferme dans {counted(left.days + 1, 'jour', 'jours')}"
        yield Task(says, "Relancer", "invitations.overview", step=CONSULT)


def _of_administrators(work: Work) -> Iterator[Task]:
    reads_outbox = work.actor.may(Permission.READ_OUTBOX)
    if reads_outbox and (count := outbox.counts(work.session)[MessageStatus.UNDELIVERABLE]):
        says = counted(count, "courriel n'a pas pu partir", "courriels n'ont pas pu partir")
        yield Task(says, "Voir pourquoi", "mail.outbox_page")
    if work.actor.may(Permission.MANAGE_ACCOUNTS):
        last = work.session.scalar(
            sa.select(sa.func.max(AuditEvent.happened_at)).where(AuditEvent.action == BACKED_UP)
        )
        if last is None:
            yield Task("Aucune sauvegarde n'a encore été faite", *BACKUP_PAGE)
        elif (days := (work.at - last).days) > BACKUP_DAYS:
            yield Task(f"La dernière sauvegarde a {counted(days, 'jour', 'jours')}", *BACKUP_PAGE)


BACKUP_PAGE = ("Sauvegarder", "site_state.page")
MOST_NAMED = 3


def _enumerated(labels: list[str]) -> str:
    """Return the first labels in a row, and how many more there are."""
    named, more = labels[:MOST_NAMED], len(labels) - MOST_NAMED
    return ", ".join(named) + (f" et {counted(more, 'autre', 'autres')}" if more > 0 else "")


def _uncapitalised(label: str) -> str:
    return label[0].lower() + label[1:]


def register(app: Flask) -> None:
    """Let pages of the staff list what is to be done: the same list wherever it stands."""
    app.jinja_env.globals["tasks_of_today"] = of_today
