"""Tables of moderation: texts, findings, decisions, masks, clusters, alerts."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.i18n import N_, Labelled
from consultation.inbox.models import IncomingMessage
from consultation.responses.models import Answer, Response

Range = tuple[int, int]
"""Begin and end of a passage, in characters (code points)."""


class TextState(Labelled):
    """State of a text, which follows from its decisions."""

    WAITING = "waiting", "à relire"
    SECONDING = "seconding", "attend une deuxième personne"
    PUBLISHED = "published", "publié"
    REDACTED = "redacted", "publié, passages masqués"
    WITHHELD = "withheld", "écarté"


class Verdict(Labelled):
    """Verdict of a moderator on a text."""

    PUBLISH = "publish", "a publié ce texte"
    REDACT = "redact", "a publié ce texte avec des passages masqués"
    WITHHOLD = "withhold", "a écarté ce texte"
    REOPEN = "reopen", "a rouvert ce texte"


class Reason(Labelled):
    """Reason for which a text is masked or withheld."""

    VICTIM = "victim", "permet de reconnaître une victime", N_("il pouvait désigner une victime")
    SUSPECT = (
        "suspect",
        "met en cause une personne",
        N_("il pouvait désigner une personne mise en cause"),
    )
    THIRD_PERSON = (
        "third_person",
        "nomme une autre personne",
        N_("il pouvait désigner quelqu'un d'autre"),
    )
    SHELTER = (
        "shelter",
        "révèle un lieu d'hébergement",
        N_("il pouvait situer un lieu d'hébergement"),
    )
    OPEN_CASE = (
        "open_case",
        "parle d'une affaire en cours",
        N_("il pouvait toucher à une affaire en cours"),
    )
    CONTACT = "contact", "donne des coordonnées", N_("il contenait des coordonnées")
    INSULT = "insult", "insulte ou incite à la haine", N_("il contenait des propos blessants")
    SPAM = "spam", "publicité ou envoi indésirable", N_("il ressemblait à un envoi publicitaire")
    OFF_TOPIC = (
        "off_topic",
        "sans rapport avec la consultation",
        N_("il ne parlait pas de cette mesure"),
    )
    OTHER = "other", "autre raison", N_("une autre raison, que le collectif peut vous dire")


class TextCluster(Base):
    """Texts that say nearly the same, across measures and respondents."""

    __tablename__ = "text_cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    created_at: Mapped[datetime]

    @property
    def label(self) -> str:
        """Its name on pages and in workbooks; it never changes."""
        return self.label_of(self.id)

    @staticmethod
    def label_of(cluster_id: int) -> str:
        return f"C-{cluster_id}"


class ModeratedText(Base):
    """An answer's text as moderation knows it, from the moment a machine has screened it.

    `public_id` is its name in addresses; `pending` the verdict that waits for a second moderator.
    """

    __tablename__ = "moderated_text"
    __table_args__ = (
        sa.Index(None, "state", "is_flagged", "answer_id"),
        sa.Index(None, "state", "has_danger_words", "answer_id"),
        sa.Index(
            "ix_moderated_text_unclustered",
            "answer_id",
            sqlite_where=sa.text("clustered_at IS NULL"),
            postgresql_where=sa.text("clustered_at IS NULL"),
        ),
        sa.CheckConstraint("(state = 'seconding') = (pending IS NOT NULL)", "pending"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", "claim"),
    )

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    state: Mapped[TextState] = mapped_column(
        enum_type(TextState, "state"), default=TextState.WAITING
    )
    pending: Mapped[Verdict | None] = mapped_column(enum_type(Verdict, "verdict"))
    is_flagged: Mapped[bool]
    """A moderator should read it first: a detector found something, or a moderator reopened it or
    lifted a mask."""
    has_danger_words: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """A person may be in danger: it goes first, whatever else was found."""
    danger_words_by: Mapped[str | None] = mapped_column(sa.String(20), index=True)
    """By which version of the danger words it was read; None while that is due."""
    locale: Mapped[str | None] = mapped_column(LANGUAGE_TAG)
    screened_at: Mapped[datetime]
    screened_by: Mapped[str] = mapped_column(sa.String(20))
    """Which version of the screening."""
    claimed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    claimed_until: Mapped[datetime | None]
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("text_cluster.id"), index=True)
    clustered_at: Mapped[datetime | None]
    """When it was compared with the others; None while that is due."""

    answer: Mapped[Answer] = relationship()
    claimant: Mapped[Account | None] = relationship()
    findings: Mapped[list["Finding"]] = relationship(order_by="Finding.start")
    redactions: Mapped[list["Redaction"]] = relationship(order_by="Redaction.start")


class TextTranslation(Base):
    """What a text says in French, by a person of the team; it stands beside the original."""

    __tablename__ = "text_translation"

    answer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("moderated_text.answer_id"), primary_key=True
    )
    text: Mapped[str] = mapped_column(sa.Text)
    is_checked: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Whether it was read since the last passage of the original was masked: else it may say what
    that one hides, and moderators alone read it."""
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    written_at: Mapped[datetime]


class TextNote(Base):
    """A note of the team on a text, and who is to look at it."""

    __tablename__ = "text_note"
    __table_args__ = (sa.CheckConstraint("text <> '' OR assignee_id IS NOT NULL", "content"),)

    answer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("moderated_text.answer_id"), primary_key=True
    )
    text: Mapped[str] = mapped_column(sa.Text)
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    written_at: Mapped[datetime]

    assignee: Mapped[Account | None] = relationship(foreign_keys=[assignee_id])
    account: Mapped[Account] = relationship(foreign_keys=[account_id])


class TextKey(Base):
    """A number by which near texts find this one: texts in no cluster, and clusters' examples."""

    __tablename__ = "text_key"

    answer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("moderated_text.answer_id"), primary_key=True
    )
    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, index=True)


class ClusterMove(Base):
    """A move of a text out of a cluster or into one, by a moderator; append-only."""

    __tablename__ = "cluster_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("moderated_text.answer_id"), index=True)
    from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("text_cluster.id"), index=True)
    to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("text_cluster.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    moved_at: Mapped[datetime]


class FindingKind(Labelled):
    """Kind of a finding of the detectors, or of the spam signals."""

    PHONE = "phone", "téléphone"
    EMAIL = "email", "adresse électronique"
    IBAN = "iban", "compte bancaire (IBAN)"
    NIR = "nir", "numéro de sécurité sociale"
    SIREN = "siren", "numéro SIREN ou SIRET"
    ADDRESS = "address", "adresse postale"
    BIRTH = "birth", "date ou lieu de naissance"
    AGE_AND_PLACE = "age_and_place", "âge et lieu"
    PLATE = "plate", "plaque d'immatriculation"
    NAME = "name", "nom de personne"
    LINK = "link", "lien"
    SHOUTING = "shouting", "écrit en majuscules"
    HIDDEN_SIGNS = "hidden_signs", "signes invisibles"
    TOO_QUICK = "too_quick", "envoyé très vite"
    TRAP = "trap", "champ caché rempli, comme le font les automates"
    NO_PROOF = "no_proof", "envoyé sans le calcul demandé"


class Certainty(Labelled):
    """Certainty of a finding."""

    SURE = "sure", "sûr"
    LIKELY = "likely", "probable"
    POSSIBLE = "possible", "possible"


class Finding(Base):
    """A range of a text, in characters (code points), that may have to be masked."""

    __tablename__ = "finding"
    __table_args__ = (sa.CheckConstraint('start >= 0 AND start < "end"', "range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("moderated_text.answer_id"), index=True)
    kind: Mapped[FindingKind] = mapped_column(enum_type(FindingKind, "kind"))
    certainty: Mapped[Certainty] = mapped_column(enum_type(Certainty, "certainty"))
    start: Mapped[int]
    end: Mapped[int]


class ModerationDecision(Base):
    """A moderator's verdict on a text, and its reason; append-only."""

    __tablename__ = "moderation_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("moderated_text.answer_id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(enum_type(Verdict, "verdict"))
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason, "reason"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    seconds_id: Mapped[int | None] = mapped_column(sa.ForeignKey("moderation_decision.id"))
    """The decision of another moderator that this one agrees with."""
    awaits_second: Mapped[bool] = mapped_column(default=False)
    """It counts once another moderator agrees: whether two are needed may change meanwhile."""
    decided_at: Mapped[datetime]
    signature_index: Mapped[str | None] = mapped_column(sa.String(64))
    """The index of the signature that was read beside the text: see `attribution`."""

    account: Mapped[Account] = relationship()


class Layer(enum.StrEnum):
    """Masked passages can be uncovered again, erased ones never."""

    MASKED = "masked"
    ERASED = "erased"


class Redaction(Base):
    """A range of a text that only moderators read, or that is erased for good."""

    __tablename__ = "redaction"
    __table_args__ = (sa.CheckConstraint('start >= 0 AND start < "end"', "range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("moderated_text.answer_id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    reason: Mapped[Reason] = mapped_column(enum_type(Reason, "reason"))
    layer: Mapped[Layer] = mapped_column(enum_type(Layer, "layer"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    def covers(self, range_: Range) -> bool:
        return self.start <= range_[0] and range_[1] <= self.end


class AsideReason(Labelled):
    """Reason for which a response does not count."""

    TEST = "test", "un essai"
    OWN_DUPLICATE = "own_duplicate", "un doublon de la même personne"
    OUT_OF_SCOPE = "out_of_scope", "hors sujet"


class ResponseSetAside(Base):
    """A response that a moderator set aside: it stays, and is counted apart."""

    __tablename__ = "response_set_aside"

    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"), primary_key=True)
    reason: Mapped[AsideReason] = mapped_column(enum_type(AsideReason, "reason"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    set_aside_at: Mapped[datetime]

    response: Mapped[Response] = relationship()


class DangerAlert(Base):
    """Alert that a person may be in danger, by a text or a mail; open until it is dealt with.

    One is open for each at most, and another may follow it.  While one of a text is open, that text
    is not published.
    """

    __tablename__ = "danger_alert"
    __table_args__ = (
        sa.CheckConstraint("(answer_id IS NULL) <> (message_id IS NULL)", "source"),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", "closed"),
        sa.CheckConstraint("note IS NULL OR closed_at IS NOT NULL", "note"),
        sa.CheckConstraint("NOT is_dismissed OR closed_at IS NOT NULL", "dismissed"),
        *(
            sa.Index(
                f"uq_danger_alert_open_{column}",
                column,
                unique=True,
                sqlite_where=sa.text("closed_at IS NULL"),
                postgresql_where=sa.text("closed_at IS NULL"),
            )
            for column in ("answer_id", "message_id")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    answer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("moderated_text.answer_id"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("incoming_message.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """Who raised it; None: danger words did."""
    raised_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    """What was done, as the moderator who closed it wrote; blanked with the text it is about."""
    is_dismissed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It was closed since there is no danger, and has no note."""

    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])
    closer: Mapped[Account | None] = relationship(foreign_keys=[closed_by])
    text: Mapped[ModeratedText | None] = relationship()
    message: Mapped[IncomingMessage | None] = relationship()


class DangerWord(Base):
    """A phrase that the staff added to the danger words."""

    __tablename__ = "danger_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    phrase: Mapped[str] = mapped_column(sa.String(100), unique=True)
    """Folded, as texts are read."""
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime]

    account: Mapped[Account] = relationship()
