"""Checklist before a round opens: what is done, what is put aside and what is left to do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountRole, AuditEvent, Role, SecondFactor
from consultation.clock import in_paris
from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.i18n import name_of, names_of
from consultation.mail import outbox_actions
from consultation.mail.models import OutboxMessage
from consultation.mail.transport import KEPT_HERE
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round, RoundTextKind
from consultation.questionnaires.outline import store, structure
from consultation.questionnaires.rounds import offers, queries, service, texts
from consultation.questionnaires.rounds.lifecycle import RoundStateRefused
from consultation.text import capitalized, clean_line, length
from consultation.web.permissions import Permission
from consultation.web.typography import counted, day
from consultation.work.services import Work, needs

PREVIEWED, BACKED_UP = "form_previewed", "backup_made"
PUT_ASIDE = "point_put_aside"
REQUIRED = ("site", "referent", "keys", "team")
"""The points by which a reader knows who answers for the site, somebody can be called, and the site
be opened again: a public round waits until each is done, or put aside with a reason."""
LASTING = (*REQUIRED, "factor")
"""The points that stay to be settled once a round is open: the last is advice, no round waits."""
NAMES = (
    "plan",
    "questionnaire",
    "languages",
    "notice",
    "mail",
    "preview",
    "trial",
    "backup",
    *LASTING,
)
"""The names of all points, in their order."""
SETTLED_WITH: Mapping[str, Collection[Permission]] = {
    "site": {Permission.RUN_ROUNDS},
    "referent": {Permission.CONFIGURE},
    "keys": {Permission.CONFIGURE},
    "team": {Permission.MANAGE_ACCOUNTS},
    "factor": {Permission.RUN_ROUNDS, Permission.MANAGE_ACCOUNTS},
}
"""By which permissions each point of `LASTING` can be settled, one being enough."""
LONGEST_REASON = 300


@dataclass(frozen=True)
class Point:
    """One point: `sentence` describes its state, and what to do while it is not done.

    `blocks`: the round can't open, since its forms would be broken.  `reason`: why it was put
    aside, and by whom.
    """

    name: str
    label: str
    is_done: bool
    sentence: str
    blocks: bool = False
    reason: str = ""

    @property
    def is_settled(self) -> bool:
        """It is done, or was put aside."""
        return self.is_done or bool(self.reason)

    @property
    def may_be_put_aside(self) -> bool:
        return self.name in LASTING and not self.is_settled


@dataclass(frozen=True)
class Site:
    """What a checklist has to know of the site, beside its database."""

    has_server: bool
    """A mail server is set."""
    sender: str
    referent: str
    """The name or the address of the person to alert of a danger."""
    are_keys_copied: bool
    trial_response_count: int = 0
    """How many responses rounds on trial have."""


class ReasonMissing(Exception):
    """A point is put aside with a reason alone, of `LONGEST_REASON` characters at most."""


def checklist(session: Session, consultation_round: Round, site: Site) -> list[Point]:
    since = prepared_at(session, consultation_round)
    return [
        _plan(session),
        _questionnaire(session, consultation_round),
        _languages(session, consultation_round),
        _notice(session, consultation_round, site.sender),
        _mail(session, since, site.has_server),
        _preview(session, consultation_round, since),
        _trial(session, site.trial_response_count),
        _backup(session, since),
        *lasting(session, consultation_round, site),
    ]


def lasting(session: Session, consultation_round: Round | None, site: Site) -> list[Point]:
    """Return the points of `LASTING`, which stay to be settled once a round is open.

    None can have been put aside where there is no round.
    """
    reasons = _reasons(session, consultation_round) if consultation_round else {}
    points = (_site(session), _referent(site), _keys(site), _team(session), _factor(session))
    return [replace(point, reason=reasons.get(point.name, "")) for point in points]


def left_to(work: Work, worked_on: Round | None, site: Site) -> list[Point]:
    """Return the open points of `LASTING` that the actor can settle.

    An administrator works on no round before one is announced, and what organisers put aside for
    the one in preparation is put aside for them too.
    """
    round_ = worked_on or next(iter(queries.latest_first(work.session)), None)
    return [
        point
        for point in open_points(lasting(work.session, round_, site))
        if any(work.actor.may(permission) for permission in SETTLED_WITH[point.name])
    ]


@needs(Permission.RUN_ROUNDS)
def put_aside(work: Work, consultation_round: Round, name: str, reason: str) -> None:
    """Put a point of `LASTING` aside for a round, in the audit log.

    Raise `ReasonMissing` or `NotAllowed`.
    """
    reason = clean_line(reason)
    if not reason or length(reason) > LONGEST_REASON:
        raise ReasonMissing
    details = {"name": name, "reason": reason}
    audit_log.log(work, PUT_ASIDE, consultation_round.code, details)


def open_points(points: Sequence[Point]) -> list[Point]:
    """Return the points that are neither done nor put aside."""
    return [point for point in points if not point.is_settled]


def refuse_open_points(points: Sequence[Point], despite: Collection[str]) -> list[str]:
    """Return the names of the open points that `despite` passes over.

    Raise `RoundStateRefused` with the others in words, and with those that block.
    """
    undone = open_points(points)
    in_the_way = [point for point in undone if point.blocks or point.name not in despite]
    if in_the_way:
        count = len(in_the_way)
        left = "Un point reste ouvert" if count == 1 else f"{count} points restent ouverts"
        lines = [f"- {point.label} ({point.name}) : {point.sentence}" for point in in_the_way]
        remedy = (
            "Le tour ne s'ouvre pas. Sa page montre aussi cette liste. Pour passer outre, nommez"
            " chaque point :"
        )
        options = " ".join(f"--despite {point.name}" for point in in_the_way if not point.blocks)
        raise RoundStateRefused("\n".join([f"{left} :", *lines, f"{remedy} {options}".strip()]))
    return [point.name for point in undone]


def prepared_at(session: Session, consultation_round: Round) -> datetime:
    """Return when the preparation of a round began, with its trial; earlier events are no part."""
    created = session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action == "round_created")
        .order_by(AuditEvent.id.desc())
    )
    for event in created:
        details = event.details or {}
        if details.get("round_id") == consultation_round.id:
            trial = _trial_of(session, details.get("from"))
            return prepared_at(session, trial) if trial else event.happened_at
    return consultation_round.announced_at or consultation_round.opens_at


def _trial_of(session: Session, code: str | None) -> Round | None:
    """Return the ended trial of that code, None where the code is of a round that was held."""
    ended = sa.select(Round).where(Round.code == code, Round.trial_ended_at.is_not(None))
    return session.scalars(ended).one_or_none()


def _plan(session: Session) -> Point:
    count, shipped = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(Measure.is_shipped)).where(
            Measure.retired_at.is_(None)
        )
    ).one()
    if not count:
        sentence = "Aucune mesure : chargez la liste du collectif."
    elif shipped:
        sentence = f"{shipped} sur {count} : ce sont encore les thèmes du suivi. Chargez la liste."
    else:
        sentence = f"{counted(count, 'mesure', 'mesures')} en vigueur, sans thème du suivi."
    return Point("plan", "Le plan", bool(count and not shipped), sentence)


def _questionnaire(session: Session, consultation_round: Round) -> Point:
    label = "Le questionnaire"
    count = service.error_count(session, consultation_round)
    if count:
        points = f"{counted(count, 'point', 'points')} à corriger"
        sentence = f"{points} : sans cela, aucun formulaire ne peut être publié."
        return Point("questionnaire", label, False, sentence, blocks=True)
    if not store.has_changes(session, consultation_round):
        return Point("questionnaire", label, True, "Publié, sans changement en attente.")
    if consultation_round.announced_at is None:
        sentence = "Sans défaut ; il sera publié à l'annonce ou à l'ouverture."
        if store.working(session, consultation_round) == structure.default():
            sentence = f"C'est le questionnaire livré avec le site. {sentence}"
        return Point("questionnaire", label, True, sentence)
    sentence = (
        "Des changements ne sont pas publiés : à l'heure dite, le tour s'ouvre sans eux."
        " Publiez-les, ou utilisez « Ouvrir maintenant », qui les publie."
    )
    return Point("questionnaire", label, False, sentence)


def _languages(session: Session, consultation_round: Round) -> Point:
    label = "Les langues"
    chosen = [it for it in offers.offers_of(session, consultation_round) if it.is_chosen]
    undone = [it for it in chosen if not it.is_made]
    if undone:
        return Point("languages", label, False, _undone(undone))
    if not chosen:
        return Point("languages", label, True, "Ce tour pose ses questions en français seulement.")
    named = ", ".join(f"en {name_of(it.tag)}" for it in chosen)
    sentence = f"Les formulaires se proposent en français et {named}."
    return Point("languages", label, True, sentence)


def _undone(offers_: Sequence[offers.LanguageOffer]) -> str:
    written = ", ".join(f"en {name_of(it.tag)}" for it in offers_ if it.waits)
    left = ", ".join(f"{len(it.hindering)} en {name_of(it.tag)}" for it in offers_ if not it.waits)
    sentences = []
    if left:
        sentences.append(
            f"Questions obligatoires à traduire : {left}. Jusque-là, le formulaire ne s'ouvre"
            " qu'en français."
        )
    if written:
        sentences.append(f"Traductions écrites {written} : publiez-les avec le questionnaire.")
    return " ".join(sentences)


def _notice(session: Session, consultation_round: Round, sender: str) -> Point:
    notice = texts.in_force(session, consultation_round, sender)[RoundTextKind.NOTICE]
    if not notice.number:
        sentence = "C'est encore celle qui est fournie : lisez-la, adaptez-la, enregistrez-la."
    elif notice.lacking:
        sentence = f"Version {notice.number}, à traduire : {names_of(notice.lacking)}."
    else:
        sentence = f"Version {notice.number}, dans toutes les langues du tour."
    return Point("notice", "La notice sur les données personnelles", bool(notice.number), sentence)


def _site(session: Session) -> Point:
    in_force = site_texts.in_force(session)
    missing = site_texts.missing(in_force)
    label = "Ce que le site dit du collectif"
    if not missing:
        return Point("site", label, True, "Tout est écrit : vérifiez que rien n'a changé.")
    legal = [kind for kind in missing if kind in site_texts.LEGAL]
    others = [_TO_WRITE[kind] for kind in missing if kind in _TO_WRITE]
    named = (["mentions légales"] if legal else []) + others
    first, *rest = named
    sentence = capitalized(first) + "".join(f", {it}" for it in rest)
    return Point("site", label, False, f"{sentence} : à compléter.")


_TO_WRITE = {
    SiteTextKind.MEMBERS: "membres du collectif",
    SiteTextKind.PLAN_LINK: "adresse du plan",
    SiteTextKind.EVALUATION: "date de l'évaluation",
    SiteTextKind.HELP: "services qui répondent",
}
"""What is missing of the site beside the legal notice, as a point names it."""


def _mail(session: Session, since: datetime, has_server: bool) -> Point:
    label = "Le départ du courriel"
    tried = sa.select(OutboxMessage).where(
        OutboxMessage.kind == outbox_actions.KIND.name, OutboxMessage.created_at >= since
    )
    sent = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind == outbox_actions.KIND.name, OutboxMessage.sent_at >= since)
        .order_by(OutboxMessage.sent_at.desc())
        .limit(1)
    ).first()
    if sent is not None and sent.sent_at is not None:
        if sent.last_error != KEPT_HERE:
            sentence = f"Un message d'essai est parti le {_moment(sent.sent_at)}."
            return Point("mail", label, has_server, sentence)
        sentence = f"L'essai du {_moment(sent.sent_at)} est gardé sur cette machine : aucun serveur"
        sentence += " d'envoi n'était réglé." + (" Envoyez-vous-en un autre." if has_server else "")
        return Point("mail", label, False, sentence)
    last = session.scalars(tried.order_by(OutboxMessage.id.desc()).limit(1)).first()
    if last is None:
        sentence = (
            "Aucun message d'essai depuis que ce tour est en préparation : envoyez-vous-en un."
        )
    else:
        sentence = f"L'essai du {_moment(last.created_at)} n'est pas encore parti."
    return Point("mail", label, False, sentence)


def _preview(session: Session, consultation_round: Round, since: datetime) -> Point:
    label = "L'aperçu d'un formulaire sur un téléphone"
    for event in _events(session, PREVIEWED, since):
        is_phone = (event.details or {}).get("width") == "phone"
        if is_phone and event.subject == consultation_round.code:
            return Point("preview", label, True, f"Vu le {_moment(event.happened_at)}.")
    sentence = "Ouvrez l'aperçu d'une mesure à la largeur d'un téléphone."
    return Point("preview", label, False, sentence)


def _trial(session: Session, count: int) -> Point:
    label = "Une réponse d'essai"
    if count:
        sentence = f"{counted(count, 'réponse d’essai reçue', 'réponses d’essai reçues')}."
        return Point("trial", label, True, sentence)
    if ended := session.scalar(sa.select(sa.func.max(Round.trial_ended_at))):
        return Point("trial", label, True, f"Un essai a été fait, et terminé le {day(ended)}.")
    sentence = "Mettez le tour à l'essai, puis répondez comme une personne consultée."
    return Point("trial", label, False, sentence)


def _backup(session: Session, since: datetime) -> Point:
    label = "La sauvegarde"
    made = _events(session, BACKED_UP, since)
    if made:
        return Point("backup", label, True, f"Faite le {_moment(made[0].happened_at)}.")
    sentence = (
        "Aucune depuis que ce tour est en préparation. Une personne qui administre le site en"
        " fait une sur la page « État du site »."
    )
    return Point("backup", label, False, sentence)


def _referent(site: Site) -> Point:
    label = "La personne à prévenir d'un danger"
    if site.referent:
        return Point("referent", label, True, f"{site.referent} est prévenue ou prévenu.")
    sentence = (
        "Personne n'est prévenu quand un texte fait craindre pour quelqu'un. Une personne qui"
        " administre le site donne son nom, son téléphone et son adresse à la page « Réglages »."
    )
    return Point("referent", label, False, sentence)


def _keys(site: Site) -> Point:
    label = "La copie des clés"
    if site.are_keys_copied:
        return Point("keys", label, True, "Confirmée.")
    sentence = (
        "Sans les clés, une sauvegarde ne rend ni les noms ni les adresses. Copiez leur dossier"
        " ailleurs que sur cette machine : la commande « consultation keys show » guide."
    )
    return Point("keys", label, False, sentence)


def _team(session: Session) -> Point:
    label = "Une deuxième personne qui administre"
    administrators = (
        sa.select(sa.func.count())
        .select_from(AccountRole)
        .join(Account, Account.id == AccountRole.account_id)
        .where(Account.active, AccountRole.role == Role.ADMINISTRATOR)
    )
    count = session.scalar(administrators) or 0
    if count > 1:
        return Point("team", label, True, f"{count} personnes administrent le site.")
    sentence = (
        "Si la personne qui administre perd son accès, personne d'autre n'ouvre de compte, ne"
        " change un réglage ni ne sauvegarde : invitez quelqu'un."
    )
    return Point("team", label, False, sentence)


def _factor(session: Session) -> Point:
    """The second factor of who reads names and addresses, or changes what the site says."""
    label = "La vérification en deux étapes"
    concerned = (
        sa.select(AccountRole.account_id)
        .join(Account, Account.id == AccountRole.account_id)
        .where(Account.active, AccountRole.role.in_((Role.ORGANISER, Role.ADMINISTRATOR)))
    )
    without = concerned.where(AccountRole.account_id.not_in(sa.select(SecondFactor.account_id)))
    count = session.scalar(sa.select(sa.func.count()).select_from(without.distinct().subquery()))
    if not count:
        sentence = "Tous les comptes d'organisation et d'administration demandent aussi un code."
        return Point("factor", label, True, sentence)
    sentence = (
        f"{counted(count, 'compte', 'comptes')} d'organisation ou d'administration :"
        " le mot de passe seul suffit pour entrer. Chaque personne la met en place à la page"
        " « Mon compte » ; la page « Réglages » la demande à toute l'organisation."
    )
    return Point("factor", label, False, sentence)


def _reasons(session: Session, consultation_round: Round) -> dict[str, str]:
    """Return why points were put aside for a round, by their names: what was said last."""
    events = session.execute(
        sa.select(AuditEvent, Account.email)
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(AuditEvent.action == PUT_ASIDE, AuditEvent.subject == consultation_round.code)
        .order_by(AuditEvent.id)
    )
    reasons = {}
    for event, email in events:
        details = event.details or {}
        by = f"{_moment(event.happened_at)}, {email}" if email else _moment(event.happened_at)
        reasons[str(details.get("name"))] = f"« {details.get('reason')} » ({by})"
    return reasons


def _events(session: Session, action: str, since: datetime) -> Sequence[AuditEvent]:
    """Return the events of an action since a moment, the last first."""
    return session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action == action, AuditEvent.happened_at >= since)
        .order_by(AuditEvent.id.desc())
        .limit(200)
    ).all()


def _moment(moment: datetime) -> str:
    return f"{in_paris(moment):%d/%m/%Y à %-H h %M}"
