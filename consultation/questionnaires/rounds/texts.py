"""Round texts: their versions, and the defaults until one is written."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.db.stale import StaleEdit
from consultation.i18n import Localized
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.web.permissions import Actor, NotAllowed, Permission

SENDER = "{sender}"
"""Placeholder in the notice for the address of the collective."""

HOME_TITLE = {
    "fr": "À quoi verra-t-on que le plan contre la traite avance ?",
    "en": "How will we know that the plan against trafficking is making progress?",
}
HOME_LEAD = {
    "fr": (
        "Le collectif Ensemble contre la traite des êtres humains propose des indicateurs pour"
        " évaluer le plan national 2024-2027. Dites ce qu'il faut garder, changer ou ajouter."
    ),
    "en": (
        "The collective Ensemble contre la traite des êtres humains proposes indicators by which"
        " to assess the French national plan 2024-2027. Say what should be kept, changed or added."
    ),
}
NOTICE = {
    "fr": """\
Nous demandons peu, nous gardons à part ce qui vous nomme, et rien de ce que vous écrivez n'est \
publié sans avoir été relu.

## Qui, et pour quoi

Le collectif Ensemble contre la traite des êtres humains recueille les contributions pour préciser \
les indicateurs qui serviront à évaluer le plan national 2024-2027. Son adresse : \
[{sender}](mailto:{sender}).

## Ce qui est enregistré

- Vos réponses, la qualité en laquelle vous répondez et, si vous les donnez, votre organisation et \
votre territoire.
- Votre nom et votre adresse électronique, si vous les donnez : chiffrés, dans une table à part.
- Vos accords, avec la version de cette notice.

Ne sont enregistrés ni l'adresse de votre appareil, ni le navigateur, ni votre passage sur les \
pages. Les pages publiques ne déposent aucun cookie et n'appellent aucun autre site.

## À quoi sert votre adresse

À vous envoyer l'accusé de réception, et à vous écrire si vous l'avez accepté. À rien d'autre.

## Ce qui peut être publié

Des chiffres d'ensemble, sans ceux qui désigneraient quelqu'un. Des extraits, seulement avec votre \
accord et après relecture.

## Ne désignez personne

Ce formulaire n'est pas un lieu de signalement. En cas de danger, appelez le 17 ou le 112 ; pour \
un enfant, le 119. Ce qui permettrait de reconnaître une personne sera masqué.

## Vos droits

Vous pouvez demander à lire, corriger ou effacer ce que vous avez donné, en écrivant au collectif \
avec votre numéro de dépôt. Vous pouvez aussi saisir la CNIL.""",
    "en": """\
We ask for little, we keep apart what names you, and nothing that you write is published without \
having been reviewed.

## Who, and what for

The collective Ensemble contre la traite des êtres humains gathers contributions to sharpen the \
indicators that will serve to assess the national plan 2024-2027. Its address: \
[{sender}](mailto:{sender}).

## What is stored

- Your answers, the capacity in which you answer and, if you give them, your organisation and \
territory.
- Your name and e-mail address, if you give them: encrypted, in a table of their own.
- What you agreed to, with the version of this notice.

Neither the address of your device, nor your browser, nor the pages you visit are stored. Public \
pages set no cookie and call no other site.

## What your address is for

To send you the acknowledgement, and to write to you if you agreed. Nothing else.

## What may be published

Overall figures, without those that would point to somebody. Excerpts, only if you agree and after \
they have been reviewed.

## Name nobody

This form is not a reporting channel. In danger, call 17 or 112 in France; for a child, 119. \
Anything by which a person could be recognised will be masked.

## Your rights

You can ask to read, correct or erase what you gave by writing to the collective with your receipt \
code. You can also turn to the CNIL, the French data protection authority.""",
}
SHIPPED: dict[RoundTextKind, Localized] = {
    RoundTextKind.HOME_TITLE: HOME_TITLE,
    RoundTextKind.HOME_LEAD: HOME_LEAD,
    RoundTextKind.HOME_MORE: {},
    RoundTextKind.NOTICE: NOTICE,
}


def shipped(kind: RoundTextKind, sender: str) -> Localized:
    """Return a text as it ships, `sender` being the address of the collective."""
    return {locale: text.replace(SENDER, sender) for locale, text in SHIPPED[kind].items()}


LONGEST = {
    RoundTextKind.HOME_TITLE: 120,
    RoundTextKind.HOME_LEAD: 600,
    RoundTextKind.HOME_MORE: 5000,
    RoundTextKind.NOTICE: 20_000,
}
ONE_LINE = (RoundTextKind.HOME_TITLE, RoundTextKind.HOME_LEAD)
NOTHING = " "
"""The content of an emptied text, as the database refuses an empty French text."""


@dataclass(frozen=True)
class TextInForce:
    """The text that visitors read; `number` is that of its version, 0 for a text as it ships."""

    kind: RoundTextKind
    content: Localized
    number: int = 0

    @property
    def lacks_english(self) -> bool:
        """Whether readers of English get French."""
        return bool(self.content.get("fr", "").strip()) and not self.content.get("en")


@dataclass(frozen=True)
class TextVersion:
    """One version with its writer: None from a command, or where the account is gone."""

    number: int
    content: Localized
    written_at: datetime
    writer: str | None


def in_force(
    session: Session, consultation_round: Round | None, sender: str
) -> dict[RoundTextKind, TextInForce]:
    """Return every text of a round; where none was written, it is as it ships."""
    texts = {kind: TextInForce(kind, shipped(kind, sender)) for kind in RoundTextKind}
    if consultation_round is None:
        return texts
    written = sa.select(RoundText).where(RoundText.round_id == consultation_round.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        texts[text.kind] = TextInForce(text.kind, text.content, text.number)
    return texts


def number_at(session: Session, round_id: int, kind: RoundTextKind, at: datetime) -> int | None:
    """Return the number of the version that was in force at a moment; None when none was."""
    return session.scalar(
        sa.select(sa.func.max(RoundText.number)).where(
            RoundText.round_id == round_id, RoundText.kind == kind, RoundText.written_at <= at
        )
    )


def versions(
    session: Session, actor: Actor, consultation_round: Round, kind: RoundTextKind
) -> list[TextVersion]:
    """Return the versions of a text, the last first."""
    _check(actor)
    rows = session.execute(
        sa.select(RoundText, Account.email)
        .outerjoin(Account, Account.id == RoundText.account_id)
        .where(RoundText.round_id == consultation_round.id, RoundText.kind == kind)
        .order_by(RoundText.number.desc())
    )
    return [
        TextVersion(text.number, text.content, text.written_at, writer) for text, writer in rows
    ]


def write(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    text: TextInForce,
    at: datetime,
) -> int | None:
    """Add a version that adapts version `text.number`; return its number, None if nothing changed.

    Raise `StaleEdit` when another version is in force by now.
    """
    _check(actor)
    session.scalars(  # the lock on PostgreSQL; SQLite's writers already come one by one
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update()
    ).one()
    of_kind = sa.select(RoundText).where(
        RoundText.round_id == consultation_round.id, RoundText.kind == text.kind
    )
    latest = session.scalars(of_kind.order_by(RoundText.number.desc()).limit(1)).first()
    if (latest.number if latest else 0) != text.number:
        raise StaleEdit("ce texte", *_writing_of(session, latest))
    if latest is not None and latest.content == text.content:
        return None
    _add(session, consultation_round, text.kind, text.number + 1, text.content, actor.id, at)
    details = {"kind": text.kind.value, "number": text.number + 1}
    code = consultation_round.code
    audit_log.record(session, actor.id, "round_text_written", code, details, at=at)
    session.flush()
    return text.number + 1


def _writing_of(session: Session, text: RoundText | None) -> tuple[str | None, datetime | None]:
    """Return who wrote a version and when."""
    if text is None:
        return None, None
    writer = session.get(Account, text.account_id) if text.account_id else None
    return writer.email if writer else None, text.written_at


def copy(session: Session, earlier: Round, later: Round, *, by: int | None, at: datetime) -> None:
    """Copy the latest texts of an earlier round, as the first versions of a new one."""
    latest: dict[RoundTextKind, Localized] = {}
    written = sa.select(RoundText).where(RoundText.round_id == earlier.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        latest[text.kind] = text.content
    for kind, content in latest.items():
        _add(session, later, kind, 1, content, by, at)
    session.flush()


def remove(session: Session, consultation_round: Round) -> None:
    """Delete the texts of a round that was never public."""
    session.execute(sa.delete(RoundText).where(RoundText.round_id == consultation_round.id))


def _add(
    session: Session,
    consultation_round: Round,
    kind: RoundTextKind,
    number: int,
    content: Localized,
    by: int | None,
    at: datetime,
) -> None:
    session.add(
        RoundText(
            round_id=consultation_round.id,
            kind=kind,
            number=number,
            content=content,
            written_at=at,
            account_id=by,
        )
    )


def _check(actor: Actor) -> None:
    if not actor.may(Permission.RUN_ROUNDS):
        raise NotAllowed(Permission.RUN_ROUNDS)
