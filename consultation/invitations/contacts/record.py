"""Contact as a record: what its fields are, and the words that some of them take."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import email_validator

from consultation.i18n import NAMES, folded
from consultation.mail.addresses import LONGEST, LONGEST_TYPED, is_robot, is_sendable
from consultation.mail.mailbox_identity import Box
from consultation.records.fields import FieldKind, described, descriptions, line, record
from consultation.spreadsheets.reader.rows import Holds, ValueRefused

LONGEST_QUOTED = 80
_SEPARATORS = re.compile(r"[,;\n]")

EARLIER_LABELS = {
    "Élu·e": "elected_representative",
    "Élu(e)": "elected_representative",
    "Élu": "elected_representative",
    "Élue": "elected_representative",
    "Citoyen·ne": "citizen",
    "Citoyen(ne)": "citizen",
    "Citoyen": "citizen",
    "Citoyenne": "citizen",
}
"""Labels that older files have, with the codes of today's options."""


@dataclass(frozen=True)
class Vocabulary:
    """The values that a field accepts; `thing` names one in French: « une qualité »."""

    thing: str
    label_by_code: Mapping[str, str]
    earlier: Mapping[str, str] = field(default_factory=dict)
    """Codes by labels that are understood, and no longer offered."""

    def choices(self) -> list[tuple[str, str]]:
        """Return the code and the label of each."""
        return list(self.label_by_code.items())

    def labels(self) -> list[str]:
        return list(self.label_by_code.values())

    def label(self, code: str) -> str:
        """Return the label of a code; one that is unknown stands for itself."""
        return self.label_by_code.get(code, code)

    def code(self, word: str) -> str:
        """Return the code of a label or a code, case and accents ignored; raise `ValueRefused`."""
        code = self._code_by_fold.get(folded(word))
        if code is not None:
            return code
        label_by_fold = {folded(label): label for label in self.labels()}
        nearest = difflib.get_close_matches(folded(word), label_by_fold, 1)
        meant = f"Vouliez-vous dire « {label_by_fold[nearest[0]]} » ? " if nearest else ""
        raise ValueRefused(
            f"« {word[:LONGEST_QUOTED]} » n'est pas {self.thing}",
            f"{meant}Les mots attendus sont dans le modèle à télécharger ; la cellule peut aussi"
            " rester vide.",
        )

    @cached_property
    def _code_by_fold(self) -> Mapping[str, str]:
        labels = {folded(label): code for code, label in self.label_by_code.items()}
        earlier = {
            folded(label): code
            for label, code in self.earlier.items()
            if code in self.label_by_code
        }
        return earlier | labels | {folded(code): code for code in self.label_by_code}


LANGUAGES = Vocabulary("une langue du site", NAMES)


@dataclass(frozen=True)
class Vocabularies:
    """The vocabularies that the questionnaires give."""

    capacity: Vocabulary
    territory: Vocabulary

    def kinds(self, code_by_id: Mapping[int, str]) -> Mapping[str, FieldKind[Any]]:
        """Return the kinds of what depends on them and on the measures, by field."""
        return {
            "capacity": word_of(self.capacity),
            "territory": word_of(self.territory),
            "measures": measures_of(code_by_id),
        }


def word_of(vocabulary: Vocabulary) -> FieldKind[str]:
    """Return the kind of the words of a vocabulary, of which the code is stored."""
    return FieldKind(vocabulary.code, vocabulary.label, 120, Holds.LINE, choices=vocabulary)


def measures_of(code_by_id: Mapping[int, str]) -> FieldKind[tuple[int, ...]]:
    """Return the kind of a list of codes of these measures, of which the ids are stored."""
    id_by_fold = {folded(code): id for id, code in code_by_id.items()}

    def read(text: str) -> tuple[int, ...]:
        codes = [code for part in _SEPARATORS.split(text) if (code := part.strip())]
        unknown = dict.fromkeys(code for code in codes if folded(code) not in id_by_fold)
        if unknown:
            listed = ", ".join(f"« {code[:LONGEST_QUOTED]} »" for code in unknown)
            raise ValueRefused(
                f"aucune mesure du plan n'a pour code {listed}",
                "Écrivez les codes comme ils sont sur la page des mesures, séparés par des"
                " virgules.",
            )
        return tuple(dict.fromkeys(id_by_fold[folded(code)] for code in codes))

    def write(ids: Sequence[int]) -> str:
        return ", ".join(code for id, code in code_by_id.items() if id in ids)

    return FieldKind(read, write, 1000, is_text=True)


def address_of(text: str) -> str:
    """Return the canonical writing of a person's address; raise `ValueRefused`."""
    address = normalized(text)
    if not address or not is_sendable(address):
        raise ValueRefused(
            f"« {text[:LONGEST_QUOTED]} » n'est pas une adresse complète",
            "Écrivez-la comme prenom@association.fr, une seule par ligne, sans rien autour.",
        )
    if is_robot(address):
        raise ValueRefused(
            f"« {address[:LONGEST_QUOTED]} » est l'adresse d'un automate : personne ne la lit",
            "Donnez l'adresse d'une personne, ou supprimez la ligne.",
        )
    return address


def normalized(text: str) -> str:
    """Return an address in its canonical writing, empty if it is none."""
    if len(text) > LONGEST_TYPED:
        return ""
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        return ""


@record
class InviteeDraft:
    """An invitee as a form or a row of a file says; `measures` are ids, None is for a blank."""

    address: str = described(
        FieldKind(address_of, str, LONGEST, Holds.LINE, is_text=True),
        "Adresse de courriel",
        header="Adresse",
        synonyms=(
            "Adresse électronique",
            "Adresse de courriel",
            "Adresse courriel",
            "Adresse e-mail",
            "Adresse email",
            "Adresse mail",
            "Courriel",
            "E-mail",
            "Email",
            "Mail",
            "Mél",
        ),
        missing="Donnez l'adresse de courriel.",
        width=34,
    )
    name: str | None = described(
        line(120, Holds.LINE),
        "Nom",
        "Comme il doit être écrit après « Bonjour » : Jeanne Martin. Peut rester vide.",
        synonyms=("Nom complet", "Nom et prénom", "Prénom et nom", "Nom de famille"),
        width=26,
        default=None,
    )
    organisation: str | None = described(
        line(300, Holds.LINE),
        "Organisation",
        "Association, service ou institution. Peut rester vide.",
        synonyms=("Organisme", "Structure", "Association", "Institution"),
        width=34,
        default=None,
    )
    capacity: str | None = described(
        word_of(Vocabulary("une qualité", {})),
        "Qualité",
        "L'une de celles du formulaire public. Peut rester vide.",
        blank="Non précisé",
        width=34,
        default=None,
    )
    territory: str | None = described(
        word_of(Vocabulary("un territoire", {})),
        "Territoire",
        "L'un de ceux du formulaire public. Peut rester vide.",
        blank="Non précisé",
        width=24,
        default=None,
    )
    locale: str | None = described(word_of(LANGUAGES), "Langue", width=12, default=None)
    measures: tuple[int, ...] = described(
        measures_of({}),
        "Mesures",
        "Codes des mesures qui concernent ce contact, séparés par des virgules ou des"
        " points-virgules. Peut rester vide.",
        width=24,
        default=(),
    )

    @cached_property
    def box(self) -> Box:
        """The mailbox of the address."""
        return Box.of(self.address)


STORED = tuple(name for name in descriptions(InviteeDraft) if name != "measures")
"""The names of what is a column of an `Invitee`."""
