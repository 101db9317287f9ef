"""Forms of the editor: a question and a section as an organiser types them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

from wtforms import BooleanField, Field, HiddenField, RadioField

from consultation.i18n import DEFAULT_LOCALE, LOCALES, OTHER_LOCALES, Localized, key_of, keyed
from consultation.questionnaires.editor import labels
from consultation.questionnaires.kinds import KINDS, Kind
from consultation.questionnaires.kinds.grids import MOST_LINES
from consultation.questionnaires.kinds.notes import MARKDOWN
from consultation.questionnaires.kinds.scales import ENDS
from consultation.questionnaires.kinds.texts import LONGEST_ANSWER
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.codes import propose_code
from consultation.questionnaires.outline.edits import move_item
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.structure import (
    Condition,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.text import capitalized, clean_line
from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    StaffForm,
    TextField,
    Translated,
)
from consultation.web.typography import parse_number


class OptionRow(NamedTuple):
    """The fields of one option, or of one row of a matrix."""

    code: str = ""
    texts: Mapping[str, str] = MappingProxyType({})
    """By language, without what is empty."""

    @property
    def is_blank(self) -> bool:
        return not (self.code or self.texts)


MORE_ROWS = 5
FIRST_ROWS = 3
"""How many blank rows wait at the end of the options."""


class OptionsField(Field):
    """The options of a question as rows, sent as `option_code` and a text for each language.

    Its buttons send the name of a move and the number of a row, after `action` where that is not
    empty.  What moves, adds or drops rows returns the id of the control at which the page goes on.
    """

    data: list[OptionRow]

    def __init__(self, *args: Any, item: str = "option", action: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item, self.action = item, action

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        if formdata is not None:
            columns = (formdata.getlist(f"{self.item}_{name}") for name in ("code", *LOCALES))
            rows = (map(clean_line, row) for row in zip_longest(*columns, fillvalue=""))
            self.data = [OptionRow(code, _written_in(texts)) for code, *texts in rows]

    @property
    def rows(self) -> list[OptionRow]:
        """The rows in which something is typed."""
        return [row for row in self.data if not row.is_blank]

    @property
    def has_new_translation(self) -> bool:
        """Whether a translation was typed that was not there before."""
        before = {it for row in self.object_data or () for it in row.texts.values()}
        return any(
            row.texts.get(tag, "") not in {"", *before}
            for row in self.rows
            for tag in OTHER_LOCALES
        )

    def add_rows(self) -> str:
        self.data = [*self.data, *[OptionRow()] * MORE_ROWS]
        return f"{self.item}-{len(self.data) - MORE_ROWS}-fr"

    def move_row(self, place: int, direction: str) -> str:
        step = -1 if direction == "up" else 1
        self.data = list(move_item(self.data, place, step))
        return f"{self.item}-{min(max(place + step, 0), len(self.data) - 1)}-{direction}"

    def drop_row(self, place: int) -> str:
        self.data = [row for at, row in enumerate(self.data) if at != place]
        return f"{self.item}-{min(place, max(len(self.data) - 1, 0))}-fr"

    def redraw(self, move: str) -> str | None:
        """Do what a button of the list says, None where it says something else."""
        name, _, number = move.partition("-")
        place = int(number) if number.isascii() and number.isdecimal() else -1
        match name:
            case "rows":
                return self.add_rows()
            case "up" | "down" if 0 <= place < len(self.data):
                return self.move_row(place, name)
            case "drop" if place >= 0:
                return self.drop_row(place)
        return None

    def listed(self) -> list[tuple[str, Localized]]:
        """Return code and text of each row; a code left empty is made from the text."""
        taken = {row.code for row in self.rows}
        listed = []
        for row in self.rows:
            code = row.code or propose_code(row.texts.get(DEFAULT_LOCALE, ""), taken, "modalite")
            taken.add(code)
            listed.append((code, dict(row.texts)))
        return listed

    def add_blank_rows(self) -> None:
        """Add blank rows at the end, up to `FIRST_ROWS`."""
        blank = len(self.data) - len(self.rows)
        self.data = [*self.data, *[OptionRow()] * (FIRST_ROWS - blank)]


class OutlineForm(StaffForm):
    """A form that displays errors of the outline, and what another organiser has stored."""

    FIELD_OF: ClassVar[Mapping[str, str]] = {}
    """The field at which an error of the outline is displayed, where it has another name."""
    NOT_COMPARED: ClassVar[frozenset[str]] = frozenset({"digest", "code"})

    digest = HiddenField(default="")

    def add_outline_errors(
        self, errors: Iterable[OutlineError], is_own: Callable[[OutlineError], bool]
    ) -> list[OutlineError]:
        """Note what is wrong at each field; return the errors of other questions and sections."""
        sentences: dict[str, list[str]] = {}
        elsewhere = []
        for error in errors:
            if is_own(error):
                name = self.FIELD_OF.get(error.field, error.field)
                sentences.setdefault(name, []).append(error.sentence)
            else:
                elsewhere.append(error)
        self.add_errors({name: " ".join(parts) for name, parts in sentences.items()})
        return elsewhere

    def _written(self, name: str, cleaned: Callable[[str], str] = clean_line) -> Localized:
        return _written_in(cleaned(self[key_of(name, tag)].data) for tag in LOCALES)

    def display_stored(self, stored: Self) -> None:
        """Display the value of `stored` at each field that differs."""
        for field in self:
            name = field.name
            if name not in self.NOT_COMPARED and field.data != stored[name].data:
                field.stored = sentence_of(stored[name])


def sentence_of(field: Field) -> str:
    """Return in French the value of a field, empty for none."""
    match field:
        case BooleanField():
            return "oui" if field.data else "non"
        case OptionsField():
            return "\n".join(map(_option_line, field.rows))
        case BoxesField() | ChoiceField() | RadioField():
            chosen = field.data if isinstance(field, BoxesField) else [field.data]
            return ", ".join(str((field.choices or {}).get(value, value)) for value in chosen)
        case _:
            return str(field.data)


def _option_line(row: OptionRow) -> str:
    return f"{row.code} : {' / '.join(row.texts.values())}"


def _text(make: Callable[..., Any], label: str, **arguments: Any) -> Translated:
    """A text that the outline checks, in each language."""
    return Translated(make, label, translation="", is_checked=False, **arguments)


ANY_DIRECTION = {"dir": "auto"}
DECIMAL = {"inputmode": "decimal"}
CODE_LOOK = {"class": "text code", "spellcheck": "false"}
TICKED = {"value": "1"}

IF_ANSWERED = frozenset({*(key_of("hint", tag) for tag in LOCALES), "is_required"})
NOT_EVERYWHERE = IF_ANSWERED.union(*(kind.settings for kind in KINDS.values()))
"""The fields that not all kinds of question have."""
SETTINGS = ("minimum", "maximum", "statement", "rows", *ENDS)


class QuestionForm(OutlineForm):
    """A question, with the settings of its kind."""

    FIELD_OF: ClassVar[Mapping[str, str]] = {
        **{key_of("options", tag): "options" for tag in OTHER_LOCALES},
        "condition": "controller",
        "destination": "kind",
    }
    NOT_COMPARED = OutlineForm.NOT_COMPARED | {"shown_kind", "shown_controller", "new_code"}

    shown_kind = HiddenField(default="")  # the kind whose settings were on the page
    shown_controller = HiddenField(default="")  # the question whose replies were on the page
    new_code = LineField("Nouveau code", render_kw=CODE_LOOK)
    label = _text(TextField, "Intitulé", rows=3, description="La question comme on la lira.")
    hint = _text(
        TextField,
        "Aide",
        rows=2,
        description="Facultative, sous l'intitulé : un exemple, une précision.",
    )
    kind = RadioField(
        "Type de question",
        coerce=QuestionKind,
        default=QuestionKind.LONG_TEXT,
        choices={kind.value: capitalized(kind.label) for kind in labels.KIND_SENTENCES},
    )
    minimum = LineField("Plus petit nombre", render_kw=DECIMAL)
    maximum = LineField(
        "Longueur, en caractères",
        description=f"De 1 à {LONGEST_ANSWER}.",
        render_kw=DECIMAL,
    )
    low = _text(LineField, "Mots du bas de l'échelle", render_kw=ANY_DIRECTION)
    middle = _text(LineField, "Mots du milieu", render_kw=ANY_DIRECTION)
    high = _text(LineField, "Mots du haut", render_kw=ANY_DIRECTION)
    statement = BooleanField(
        "Une phrase à cocher, au lieu d'un oui et d'un non",
        description="L'intitulé est alors la phrase. Une case vide n'envoie rien : aucune question"
        " ne peut dépendre d'un « non ».",
        render_kw=TICKED,
    )
    options = OptionsField(
        "Réponses proposées",
        default=list,
        description="Les réponses proposées, dans leur ordre. Un code laissé vide se fait tout"
        f" seul ; une ligne vide ne compte pas. {Kind.most_options} au plus.",
    )
    rows = OptionsField(
        "Lignes",
        default=list,
        item="row",
        action="row-",
        description="Ce sur quoi on répond, dans l'ordre. Un code laissé vide se fait tout seul ;"
        f" une ligne vide ne compte pas. De 2 à {MOST_LINES}.",
    )
    is_required = BooleanField(
        "Réponse obligatoire",
        description="À réserver à ce sans quoi le reste ne sert à rien : chaque obligation fait"
        " partir des gens.",
        render_kw=TICKED,
    )
    needs_care = BooleanField(
        "Rappeler de ne désigner personne",
        description="Sous le champ : personne ne doit pouvoir être reconnu, et ce formulaire n'est"
        " pas un lieu de signalement.",
        render_kw=TICKED,
    )
    section = ChoiceField(
        "Rubrique",
        default="",
        description="Dans une autre rubrique, la question se met à la fin.",
    )
    controller = ChoiceField("Selon la réponse à", default="")
    any_of = BoxesField(default=())
    code = LineField(
        "Code",
        description="Le nom de la variable dans les classeurs. Vide, il se fait de l'intitulé ; une"
        " fois publié, il ne change plus.",
        render_kw=CODE_LOOK,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in self.chosen.labels.items():
            self.relabel(name, label, hint)

    @classmethod
    def of(cls, question: OutlineQuestion, section: str, digest: str) -> Self:
        condition = question.condition or Condition("", ())
        texts = {"label": question.label, "hint": question.hint}
        texts |= {end: question.settings.get(end) for end in ENDS}
        typed = {
            "digest": digest,
            "section": section,
            "shown_kind": question.kind,
            "minimum": _written(question.settings.get("minimum")),
            "maximum": _written(question.settings.get("maximum")),
            "statement": question.settings.get("statement"),
            "controller": condition.question,
            "shown_controller": condition.question,
            "any_of": condition.any_of,
            "options": [_row(option.code, option.label) for option in question.options],
            "rows": [_row(it["code"], it["label"]) for it in question.settings.get("rows", ())],
        }
        for name, text in texts.items():
            typed |= keyed(name, text)
        for name in ("code", "kind", "is_required", "needs_care"):
            typed[name] = getattr(question, name)
        return cls(data=typed)

    @property
    def chosen(self) -> Kind:
        return KINDS[self.kind.data]

    @property
    def _fields_of_kind(self) -> frozenset[str]:
        return self.chosen.settings | (IF_ANSWERED if self.chosen.takes_an_answer else frozenset())

    def displays(self, name: str) -> bool:
        return name in self._fields_of_kind

    @property
    def carried(self) -> list[Field]:
        """The fields of other kinds, sent along hidden so that nothing typed is lost."""
        hidden = NOT_EVERYWHERE - self._fields_of_kind
        return [field for field in self if field.name in hidden]

    @property
    def has_unseen_settings(self) -> bool:
        """Whether it has usual settings of a kind that the page had not displayed."""
        return self.kind.data != self.shown_kind.data and self.chosen.usual is not None

    def redraw(self, action: str) -> str | None:
        """Do what a button does that stores nothing; return the id of the control to go on with.

        None for any other action.
        """
        listed = self.rows if action.startswith(self.rows.action) else self.options
        move = action.removeprefix(listed.action)
        is_known = move.partition("-")[0] in ("redraw", "up", "down", "drop")
        return listed.redraw(move) or ("settings" if is_known else None)

    def fill_in(self) -> None:
        """Put in what a page adds: usual settings of a new kind, blank rows for options."""
        kind = self.kind.data
        if kind != self.shown_kind.data:
            self.minimum.data, self.maximum.data = self.chosen.usual or ("", "")
        if self.controller.data != self.shown_controller.data:
            self.any_of.data = []
        for listed in (self.options, self.rows):
            if self.displays(listed.name):
                listed.add_blank_rows()
        self.shown_kind.data, self.shown_controller.data = kind, self.controller.data

    def display_stored(self, stored: Self) -> None:
        super().display_stored(stored)
        for field in self.carried:
            field.stored = None  # they are not on the page
        self.any_of.stored = None
        for listed, other in ((self.options, stored.options), (self.rows, stored.rows)):
            listed.stored = sentence_of(other) if listed.rows != other.rows else None
        if self.any_of.data != stored.any_of.data and stored.controller.data:
            condition = [sentence_of(stored.controller), sentence_of(stored.any_of)]
            self.controller.stored = " : ".join(condition)

    def to_question(self, base: OutlineQuestion | None, taken: Iterable[str]) -> OutlineQuestion:
        """Return the typed question; an unreadable text stays as it is, for the outline to refuse.

        A code left empty is made from the label, and is none of those `taken`.  What the form does
        not edit is that of `base`.
        """
        kind = self.kind.data
        is_note = not self.chosen.takes_an_answer
        label = self._written("label", str.strip if is_note else clean_line)
        controller = self.controller.data
        listed = self.options.listed() if self.chosen.has_options else ()
        question = OutlineQuestion(
            code=self.code.data or propose_code(label.get("fr", ""), taken, "question"),
            kind=kind,
            label=label,
            hint=self._written("hint") or None,
            is_required=self.is_required.data and not is_note,
            needs_care=self.needs_care.data and self.chosen.is_text,
            settings=self._settings(base),
            condition=Condition(controller, tuple(self.any_of.data)) if controller else None,
            options=tuple(OutlineOption(*each) for each in listed),
        )
        return replace(question, destination=base.destination) if base else question

    def _settings(self, base: OutlineQuestion | None) -> dict[str, Any]:
        kept = base.settings if base and base.kind is self.kind.data else {}
        edited = {name: self._setting(name) for name in SETTINGS if self.displays(name)}
        return {name: value for name, value in kept.items() if name not in SETTINGS} | {
            name: value for name, value in edited.items() if value is not None
        }

    def _setting(self, name: str) -> Any:
        if name in ENDS:
            return self._written(name) or None
        if name == "rows":
            return [{"code": code, "label": label} for code, label in self.rows.listed()]
        return (self.statement.data or None) if name == "statement" else _number(self[name].data)


class SectionForm(OutlineForm):
    """A section without its questions."""

    title = _text(
        LineField,
        "Titre",
        render_kw=ANY_DIRECTION,
        description="Sans objet pour une rubrique répétée : chaque indicateur lui donne son"
        " libellé.",
    )
    intro = _text(
        TextField,
        "Introduction",
        rows=4,
        description=f"Facultative, sous le titre. {MARKDOWN}",
    )
    scope = RadioField(
        "Dans quels formulaires",
        coerce=Scope,
        default=Scope.MEASURE,
        choices=dict(Scope.choices()),
    )
    measures = BoxesField(
        "Mesures",
        default=(),
        description="Pour une rubrique posée seulement dans certaines mesures ; sans objet pour les"
        " autres.",
    )
    code = LineField(
        "Code",
        description="Vide, il se fait du titre ; une fois publié, il ne change plus.",
        render_kw=CODE_LOOK,
    )

    @classmethod
    def of(cls, section: OutlineSection, digest: str) -> Self:
        typed = {
            "digest": digest,
            "code": section.code,
            "scope": section.scope,
            "measures": section.measures,
        }
        texts = keyed("title", section.title) | keyed("intro", section.intro)
        return cls(data=typed | texts)

    def to_section(self, taken: Iterable[str]) -> OutlineSection:
        """Return the typed section, without questions.

        A code left empty is made from the title, and is none of those `taken`.
        """
        scope = self.scope.data
        title, intro = self._written("title"), self._written("intro", str.strip)
        measures = tuple(dict.fromkeys(self.measures.data))
        return OutlineSection(
            code=self.code.data or propose_code(title.get("fr", ""), taken, "rubrique"),
            scope=scope,
            title=title or None,
            intro=intro or None,
            measures=measures if scope is Scope.INSERT else (),
        )


def _row(code: str, label: Mapping[str, str]) -> OptionRow:
    return OptionRow(code, {tag: it for tag, it in label.items() if tag in LOCALES and it})


def _written_in(texts: Iterable[str]) -> Localized:
    """Return the texts of each language; a translation without French stays, to be refused."""
    return {tag: text for tag, text in zip(LOCALES, texts, strict=True) if text}


def _written(number: Any) -> str:
    return "" if number is None else str(number).replace(".", ",")


def _number(line: str) -> int | float | str | None:
    """Return the number that was typed, or what was typed when it is none."""
    number = parse_number(line)
    if number is None:
        return line or None
    return int(number) if number.is_integer() else number
