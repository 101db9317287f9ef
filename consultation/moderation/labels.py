"""French labels of moderation: buttons, keys, decisions, what is refused and what is done."""

from consultation.moderation.bulk import BulkOutcome
from consultation.moderation.claims import Obstacle
from consultation.moderation.detectors import IDENTIFYING
from consultation.moderation.models import ModerationDecision, TextState, Verdict
from consultation.moderation.texts.page import Passage, Reading
from consultation.moderation.visibility import DECIDED
from consultation.text import capitalized
from consultation.web.typography import counted, plural

STATES_FOR_THE_TEAM = {
    TextState.PUBLISHED: "gardé pour les classeurs",
    TextState.REDACTED: "gardé pour les classeurs, passages masqués",
}
"""The states of a text whose author did not agree to be quoted, once it is decided."""
BUTTONS = {
    Verdict.PUBLISH: "Publier",
    Verdict.REDACT: "Publier en masquant",
    Verdict.WITHHOLD: "Écarter",
    Verdict.REOPEN: "Rouvrir",
}
ONLY_FOR_THE_TEAM = {
    Verdict.PUBLISH: "Garder pour les classeurs",
    Verdict.REDACT: "Garder en masquant",
}
"""The buttons of a text whose author did not agree to be quoted: nothing of it is ever public."""

KEYS = {
    Verdict.PUBLISH: "p",
    Verdict.REDACT: "m",
    Verdict.WITHHOLD: "e",
    Verdict.REOPEN: "r",
}
KEYS_WHERE_MARKED = {Verdict.PUBLISH: "", Verdict.REDACT: "p m"}
"""Of a text with something to mask: the nearest key is the one that masks."""

VERDICT_LABELS_FOR_THE_TEAM = {
    Verdict.PUBLISH: "a gardé ce texte pour les classeurs",
    Verdict.REDACT: "a gardé ce texte pour les classeurs avec des passages masqués",
}
PROPOSED_FOR_THE_TEAM = {Verdict.PUBLISH: "a proposé de garder ce texte en entier"}
PROPOSED = {
    Verdict.PUBLISH: "a proposé de publier ce texte en entier",
    Verdict.REDACT: "a proposé de masquer des passages",
    Verdict.WITHHOLD: "a proposé d'écarter ce texte",
}
WANTED = {
    Verdict.PUBLISH: "le publier",
    Verdict.REDACT: "le publier en masquant",
    Verdict.WITHHOLD: "l'écarter",
    Verdict.REOPEN: "le rouvrir",
}
TRANSLATED = "La traduction est enregistrée : elle se lit sous le texte d'origine."
STALE_TRANSLATION = (
    "Quelqu'un d'autre a modifié la traduction, ou ce qui est masqué, entre-temps. Rien n'est"
    " enregistré : comparez, puis enregistrez ce qui convient."
)
NOT_TRANSLATED = "Ce texte n'a plus de traduction."
RECOGNISED = "C'est noté : ce texte est dans la langue de son formulaire."
ALREADY_RECOGNISED = "La langue de ce texte était déjà connue : rien n'a changé."
NOTE_KEPT = "La note est enregistrée : les personnes qui modèrent la lisent avec le texte."
NOTE_REMOVED = "Ce texte n'a plus de note, et n'est confié à personne."
STALE_NOTE = (
    "Quelqu'un d'autre a modifié la note entre-temps. Rien n'est enregistré : comparez, puis"
    " enregistrez ce qui convient."
)
NO_LONGER_MODERATES = "Cette personne ne modère plus : choisissez-en une autre."
DONE = {
    TextState.WAITING: "Ce texte est de nouveau à relire.",
    TextState.SECONDING: "Votre proposition est notée : elle vaudra dès qu'une autre personne la"
    " confirmera. Jusque-là, personne d'autre ne lit ce texte.",
    TextState.PUBLISHED: "Le texte est publié.",
    TextState.REDACTED: "Le texte est publié, passages masqués.",
    TextState.WITHHELD: "Le texte est écarté : il n'est montré nulle part.",
}
NOT_PUBLIC = " : il ne sera pas public, la personne n'a pas accepté d'être citée."
DONE_FOR_THE_TEAM = {
    TextState.PUBLISHED: f"Le texte est gardé pour les classeurs de l'équipe{NOT_PUBLIC}",
    TextState.REDACTED: "Le texte est gardé pour les classeurs de l'équipe, passages masqués"
    f"{NOT_PUBLIC}",
}
STILL_FOR_THE_TEAM = "Ce texte reste gardé pour les classeurs de l'équipe, sans ce qui est masqué."
STILL = {
    TextState.WAITING: "Il reste à décider de ce texte.",
    TextState.SECONDING: "Il reste à décider de ce texte.",
    TextState.PUBLISHED: "Ce texte reste publié, sans ce qui est masqué.",
    TextState.REDACTED: "Ce texte reste publié, sans ce qui est masqué.",
    TextState.WITHHELD: "Ce texte reste écarté.",
}
"""The state of a text after passages were masked without deciding."""

ERRORS = {
    "reason": Obstacle.REASON_MISSING.label,
    "passage": "Ce passage n'est pas dans le texte : recopiez-le exactement, ou sélectionnez-le.",
    "nothing": Obstacle.NOTHING_MASKED.label,
    "publish": "Des passages sont choisis pour être masqués : choisissez « Publier en masquant »,"
    " ou décochez-les et videz « Autre passage » pour publier le texte entier.",
    "unverified": Obstacle.UNVERIFIED.label,
    "texts": "Cochez au moins un texte dans la liste.",
    "aside": "Choisissez dans la liste pourquoi cette contribution est mise de côté.",
}

NOT_LISTED = (
    "Rien n'a été effacé : la liste des effacements n'a pas pu être écrite sur le disque. Le"
    " passage reste masqué ; prévenez la personne qui administre le site, puis recommencez."
)


def button(verdict: Verdict, reading: Reading) -> str:
    """Return the label of a verdict's button on the page of a text."""
    if reading.row.may_be_quoted:
        is_whole = verdict is Verdict.PUBLISH and reading.is_marked
        return "Publier en entier" if is_whole else BUTTONS[verdict]
    if verdict is Verdict.PUBLISH and reading.is_marked:
        return "Garder en entier"
    return ONLY_FOR_THE_TEAM.get(verdict, BUTTONS[verdict])


def keys(verdict: Verdict, reading: Reading) -> str:
    """Return the keys that press the button of a verdict, in the terms of `data-key`."""
    return (KEYS | KEYS_WHERE_MARKED if reading.is_marked else KEYS)[verdict]


def done(reading: Reading) -> str:
    """Return the sentence on the last decision on a text."""
    only = {} if reading.row.may_be_quoted else DONE_FOR_THE_TEAM
    return only.get(reading.text.state, DONE[reading.text.state])


def still(reading: Reading) -> str:
    """Return the sentence that stays true after passages were masked without deciding."""
    if not reading.row.may_be_quoted and reading.text.state in DECIDED:
        return STILL_FOR_THE_TEAM
    return STILL[reading.text.state]


def reopened(count: int) -> str:
    """Return the sentence on a decision on many texts that was taken back."""
    if not count:
        return "Il n'y a plus rien à annuler : quelqu'un a décidé de ces textes depuis."
    if count == 1:
        return "Ce texte est de nouveau à relire."
    return f"{count} textes sont de nouveau à relire."


def passage_label(passage: Passage) -> str:
    """Return the kind of a passage, with its certainty if it leads to a person."""
    kind = passage.kind.label
    return f"{kind} ({passage.certainty.label})" if passage.kind in IDENTIFYING else kind


def reason_hint(reading: Reading) -> str:
    """Return why passages are masked where the moderator leaves the reason open."""
    reasons = " ; ".join(reason.label for reason in reading.suggested)
    return (
        "Sans choix de votre part, un passage coché est masqué pour la raison que la machine y"
        f" voit : {reasons}."
    )


def name_of(email: str) -> str:
    """Return how colleagues call who has that address: « camille@… » is Camille."""
    parts = email.partition("@")[0].replace(".", " ").replace("_", " ").split()
    return " ".join(capitalized(word) for word in parts) or email


def stale(reading: Reading, verdict: Verdict | None) -> str:
    """Return the sentence on another moderator's decision since the page was displayed."""
    state = f"son état est maintenant « {state_label(reading.text.state, reading)} »"
    last = reading.last
    label = decision_label(last, reading) if last else ""
    who = f"{name_of(last.account.email)} {label}" if last else "ce texte a changé"
    wanted = f"Vous vouliez {WANTED[verdict]}" if verdict else "Vous vouliez masquer des passages"
    return (
        f"Entre-temps, {who} : {state}. {wanted} : rien n'en a été enregistré. Relisez, puis"
        " décidez de nouveau s'il le faut."
    )


def state_label(state: TextState, reading: Reading) -> str:
    """Return the state of a text; one that is never public is not said to be published."""
    only = {} if reading.row.may_be_quoted else STATES_FOR_THE_TEAM
    return only.get(state, state.label)


def decision_label(decision: ModerationDecision, reading: Reading) -> str:
    """Return a decision as the end of a sentence that begins with a name."""
    is_public = reading.row.may_be_quoted
    if decision.awaits_second:
        proposed = PROPOSED if is_public else PROPOSED | PROPOSED_FOR_THE_TEAM
        return proposed[decision.verdict]
    only = {} if is_public else VERDICT_LABELS_FOR_THE_TEAM
    label = only.get(decision.verdict, decision.verdict.label)
    if decision.seconds_id is not None:
        return f"{label}, en confirmant la proposition"
    return label


def outcome_label(verdict: Verdict, outcome: BulkOutcome, *, two_moderators: bool) -> str:
    """Return the sentence on a decision on many texts, with the ones that it leaves."""
    sentences = [_decided_label(verdict, outcome.decided, two_moderators)]
    if outcome.further:
        sentences.append(f"Il en reste {outcome.further} : recommencez pour la suite.")
    if outcome.skipped:
        sentences.append(
            f"{texts_label(outcome.skipped)} à part : une autre personne"
            f" {plural(outcome.skipped, 'le', 'les')} lit, ou des passages y sont masqués."
        )
    if verdict is Verdict.PUBLISH and outcome.unquoted:
        sentences.append(_unquoted_label(outcome.unquoted))
    return " ".join(sentences)


def _decided_label(verdict: Verdict, count: int, two_moderators: bool) -> str:
    if verdict is Verdict.PUBLISH:
        return f"{counted(count, 'texte publié', 'textes publiés')}."
    if two_moderators:
        return (
            f"{texts_label(count)} : votre avis de les écarter est noté. Il faut deux personnes ;"
            " si une collègue l'avait proposé, c'est fait, sinon une autre doit confirmer."
        )
    return f"{counted(count, 'texte écarté', 'textes écartés')}."


def _unquoted_label(count: int) -> str:
    if count > 1:
        return (
            f"{count} des textes publiés ne seront lus que par l'équipe : les personnes n'ont pas"
            " accepté d'être citées."
        )
    return (
        "L'un des textes publiés ne sera lu que par l'équipe : la personne n'a pas accepté d'être"
        " citée."
    )


def texts_label(count: int) -> str:
    """Return a number of texts: « 3 textes »."""
    return counted(count, "texte", "textes")
