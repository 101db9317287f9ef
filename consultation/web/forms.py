"""Staff forms on WTForms: base class, cleaned fields, errors.

Each error is one French sentence; none of HTML's own checks are used.  `templates/_forms.html`
displays the fields and the errors.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup
from wtforms import Field, Form, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, Select

from consultation.i18n import DEFAULT_LOCALE, LOCALES, NAMES, OTHER_LOCALES, Localized, key_of
from consultation.text import capitalized, clean_line, clean_text, length, shows_nothing
from consultation.web.typography import typeset

Validator = Callable[[Form, Field], None]

TRANSLATION = "Facultatif. Sans texte {name}, les pages en {name} montrent le texte français."
FRENCH_FIRST = "Écrivez aussi le texte français, ou effacez sa traduction."


def version_number(typed: str | None) -> int:
    """Return the number of a version from a hidden field; -1, which none has, where it is none."""
    text = typed or ""
    is_number = text.isascii() and text.isdecimal() and len(text) < 9
    return int(text) if is_number else -1


class Problem(NamedTuple):
    """What is wrong, for the list above a form; `anchor` is the id of the field to go to."""

    anchor: str
    label: str
    sentence: str


class StaffForm(Form):
    """A form of the staff's pages, filled from `formdata` or, without it, from `data` or `obj`.

    `stored` holds, by field name, what a colleague stored since the form was displayed: each field
    has it as `stored`, None without a change, and displays it, so that nothing is lost unseen.
    """

    locales: Sequence[str] = LOCALES
    """The languages in which its page displays translated texts; the others are sent along."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make the controls of each `Translated` that the class declares."""
        super().__init_subclass__(**kwargs)
        for name, declared in list(vars(cls).items()):
            if isinstance(declared, Translated):
                for tag, control in declared.controls.items():
                    setattr(cls, control_name(name, tag), control)

    def __init__(
        self,
        formdata: Any = None,
        *,
        stored: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, **kwargs)
        for field in self:
            field.stored = (stored or {}).get(field.name)

    def compare_with(self, before: Mapping[str, object]) -> None:
        """Tell what is typed anew from what was there `before`, by field name."""
        for field in self:
            if field.name in before:
                field.object_data = before[field.name]

    def show_both(self, stored: Mapping[str, object]) -> None:
        """Put what a colleague stored beside what was typed where it differs, and go on from there.

        `stored` has the values of a form that is opened now, by field name; hidden fields, such as
        `seen`, take theirs: sent once more, the form replaces what is displayed.
        """
        for name in filter(self.__contains__, stored):
            field = self[name]
            if isinstance(field.widget, HiddenInput):
                field.data = stored[name]
            elif (text := readable(field, stored[name])) != readable(field, field.data):
                field.stored = text

    def add_error(self, name: str, sentence: str) -> None:
        """Note what a service found wrong with a field."""
        self[name].errors = [*self[name].errors, sentence]

    def add_errors(self, sentences: Mapping[str, str]) -> None:
        """Note what a service found wrong, by field name."""
        for name, sentence in sentences.items():
            self.add_error(name, sentence)

    def in_languages(self, name: str) -> list[Field]:
        """The controls of a translated text that the form has, French first."""
        return [self[it] for tag in LOCALES if (it := control_name(name, tag)) in self]

    def carried_in(self, name: str) -> list[Field]:
        """The controls of a translated text that are sent along hidden: nothing is wrong there."""
        names = [control_name(name, tag) for tag in LOCALES if tag not in self.locales]
        is_whole = bool(names) and bool(self[control_name(name, DEFAULT_LOCALE)].data)
        return [
            self[it]
            for it in filter(self.__contains__, names)
            if (is_whole or not self[it].data)
            and not (self[it].errors or isinstance(self[it].stored, str))
        ]

    def relabel(self, name: str, label: str, hint: str) -> None:
        """Call a translated text otherwise."""
        first, *others = self.in_languages(name)
        first.label.text, first.description = label, hint
        for it in others:
            it.label.text = f"{label}, {language_phrase(it.render_kw['lang'])}"

    def localized(self, name: str) -> Localized | None:
        """A translated text by language, without what is empty; None without a French one."""
        texts = {tag: self[control_name(name, tag)].data for tag in LOCALES}
        return {tag: text for tag, text in texts.items() if text} if texts[DEFAULT_LOCALE] else None

    @property
    def written(self) -> list[Field]:
        """The texts that were typed, for a page that has no place for the form any more."""
        texts = (it for it in self if isinstance(it, StringField))
        return [it for it in texts if is_typed(it) and not isinstance(it.widget, HiddenInput)]

    @property
    def problems(self) -> list[Problem]:
        """The first error of each field, in the order of the form, then those of the whole."""
        wrong = [field for field in self if field.errors]
        first = next(iter(self), None)
        anchor = first.id if first is not None else ""
        return [
            *(Problem(it.id, it.label.text, str(it.errors[0])) for it in wrong),
            *(Problem(anchor, "", str(sentence)) for sentence in self.form_errors),
        ]


class LineField(StringField):
    """One line of text, cleaned; empty where none was sent."""

    def __init__(self, label: str = "", validators: Iterable[Any] = (), **kwargs: Any) -> None:
        attributes = {"class": "text", "autocomplete": "off", **kwargs.pop("render_kw", {})}
        super().__init__(
            label,
            validators,
            filters=[_cleaned(clean_line)],
            render_kw=attributes,
            **{"default": "", **kwargs},
        )


class TextField(TextAreaField):
    """Paragraphs, cleaned; line ends are line feeds; empty where none were sent."""

    def __init__(
        self, label: str = "", validators: Iterable[Any] = (), rows: int = 6, **kwargs: Any
    ) -> None:
        attributes = {"rows": rows, "dir": "auto", **kwargs.pop("render_kw", {})}
        super().__init__(
            label,
            validators,
            filters=[_cleaned(clean_text)],
            render_kw=attributes,
            **{"default": "", **kwargs},
        )


class _Menu(Select):
    @classmethod
    def render_option(cls, choice: Any, **kwargs: Any) -> Any:
        return super().render_option(choice._replace(label=typeset(choice.label)), **kwargs)


class ChoiceField(SelectField):
    """One choice of a drop-down list; `invalid_choice_message` refuses any other value.

    What is of no list goes through no further check, which would take it for one.
    """

    widget = _Menu()

    def pre_validate(self, form: Form) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise StopValidation(*error.args) from None


class BoxesField(SelectMultipleField):
    """Several choices, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NamesField(Field):
    """The public ids of what is ticked in a list, each once."""

    data: Sequence[str]
    choices: Sequence[tuple[str, str]] = ()
    """What may be ticked, by public id, with its label: for what a colleague stored."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(valuelist))


class Translated:
    """A text that a form asks for in each language of the site, a control for each.

    Declared as a field is, it makes the controls by `make`; without a label, each is called by its
    language.  `missing` is what is said where there is no French text, none where there need not
    be one; `validators` look at each text.  `translation` describes the controls of other
    languages, with `{name}` for theirs.  Where something else looks for the French text, the
    controls do not (`is_checked`).
    """

    def __init__(
        self,
        make: Callable[..., Any],
        label: str = "",
        validators: Sequence[Validator] = (),
        *,
        missing: str = "",
        description: str = "",
        translation: str = TRANSLATION,
        is_checked: bool = True,
        **arguments: Any,
    ) -> None:
        attributes = arguments.pop("render_kw", {})
        first = [required(missing) if missing else french_first] if is_checked else []
        self.controls: dict[str, UnboundField] = {
            DEFAULT_LOCALE: make(
                label or capitalized(language_phrase(DEFAULT_LOCALE)),
                [*first, *validators],
                description=description,
                render_kw=attributes,
                **arguments,
            )
        }
        for tag in OTHER_LOCALES:
            self.controls[tag] = make(
                f"{label}, {language_phrase(tag)}" if label else capitalized(language_phrase(tag)),
                validators,
                description=translation.format(name=NAMES[tag]),
                render_kw={"dir": "auto", **attributes, "lang": tag},
                **arguments,
            )


def language_phrase(tag: str) -> str:
    """The language of a text, as its label says it: « en anglais »."""
    return f"en {NAMES[tag]}"


def control_name(name: str, tag: str) -> str:
    """The name of a control of a translated text; one named `fr` has the tags themselves."""
    return tag if name == DEFAULT_LOCALE else key_of(name, tag)


def french_first(form: StaffForm, field: Field) -> None:
    """Refuse a translation of a text that is not there in French."""
    _french, *others = form.in_languages(field.short_name)
    if not field.data.strip() and any(it.data.strip() for it in others):
        raise StopValidation(FRENCH_FIRST)


def is_translation(field: Field) -> bool:
    """Return whether a field is the text of another one in another language than French."""
    name: str = field.short_name
    return name in OTHER_LOCALES or name.endswith(tuple(f"_{tag}" for tag in OTHER_LOCALES))


def is_typed(field: Field) -> bool:
    """Return whether a field was sent with another value than it was displayed with."""
    return bool(field.raw_data) and bool(field.data) and field.data != field.object_data


def is_foldable(field: Field) -> bool:
    """Return whether a field may be folded: nothing is wrong in it, typed or stored anew."""
    return not (field.errors or isinstance(field.stored, str) or is_typed(field))


def readable(field: Field, value: object) -> str:
    """Return a value of a field as a page says it: choices by their labels, each on a line."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    values = list(value) if isinstance(value, list | tuple) else [value]
    texts = ["" if it is None else str(it) for it in values]
    labels = {str(code): label for code, label, *_ in getattr(field, "choices", None) or ()}
    if not labels:
        return "\n".join(texts)
    chosen = [it for it in labels if it in texts] + [it for it in texts if it not in labels]
    return "\n".join(_text_of(labels.get(it, it)) for it in chosen)


def _text_of(label: str) -> str:
    """A label without its marks, if it has any."""
    return label.striptags() if isinstance(label, Markup) else typeset(label)


def required(sentence: str) -> Validator:
    """Return a validator that refuses a blank and looks no further."""

    def validate(_form: Form, field: Field) -> None:
        is_blank = not field.data or (isinstance(field.data, str) and shows_nothing(field.data))
        if is_blank:
            field.errors = []
            raise StopValidation(sentence)

    return validate


def at_most(longest: int) -> Validator:
    """Return a validator that refuses more than `longest` UTF-16 units.

    Unlike WTForms' own, it gives browsers no `maxlength`, which would cut what is pasted.
    """

    def validate(_form: Form, field: Field) -> None:
        count = length(field.data or "")
        if count > longest:
            raise ValidationError(f"Ce texte compte {count} caractères : {longest} au plus.")

    return validate


def _cleaned(rule: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: rule(value) if isinstance(value, str) else value
