"""Letter cache: one rendered letter for all mails of a kind, a language and a shape.

A cached letter holds nothing of anybody: each text and moment goes through a placeholder.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from email import policy
from typing import Any

from flask_babel import gettext
from jinja2 import Environment

from consultation.mail.letters.bodies import Body, Passages, Template
from consultation.mail.letters.placeholders import Marks, Values, deferring, shape

MOST_LETTERS = 256
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Letter:
    """Subject and bodies of a mail, before it has a recipient."""

    subject: str
    subject_header: bytes
    plain: Body
    rich: Body
    unsubscribe_link: str = ""

    @property
    def text(self) -> str:
        return self.plain.text

    @property
    def html(self) -> str:
        return self.rich.text


@dataclass(frozen=True)
class CachedLetter:
    """A letter with placeholders, to be filled in with the values of one mail."""

    subject: Template
    subject_header: bytes
    """Empty where the subject has placeholders."""
    plain: Passages
    rich: Passages

    def fill(self, variables: Mapping[str, Any]) -> Letter:
        """Return the letter of one mail, in whose language the caller is."""
        values = Values({**variables})
        subject = one_line(self.subject.fill(values))
        values = Values({**variables, "subject": subject})
        header = self.subject_header or folded("Subject", subject)
        return Letter(subject, header, self.plain.fill(values), self.rich.fill(values))


class Letters:
    """The cached letters of an application, and the environment that renders them."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment.overlay()
        filters = environment.filters.items()
        self._environment.filters = {name: deferring(it) for name, it in filters}
        self._cached: dict[Hashable, CachedLetter] = {}

    def fill(
        self, template: str, settings: Mapping[str, str], variables: Mapping[str, Any]
    ) -> Letter:
        """Return the letter of `template` with these variables, rendered unless it is cached.

        `settings` are texts of no one mail, printed as they are.
        """
        shapes = tuple(shape(value) for value in variables.values())
        key = (template, tuple(settings.values()), tuple(variables), shapes)
        if key not in self._cached:
            if len(self._cached) >= MOST_LETTERS:
                del self._cached[next(iter(self._cached))]
            self._cached[key] = self._render(template, settings, variables)
        return self._cached[key].fill(variables)

    def _render(
        self, template: str, settings: Mapping[str, str], variables: Mapping[str, Any]
    ) -> CachedLetter:
        marks = Marks()
        given = {name: marks.placehold(value, name) for name, value in variables.items()}
        subject, _, body = self._print(f"{template}.txt", settings, given).strip().partition("\n")
        if settings.get("trial"):
            mark = gettext("Essai")
            subject, body = f"[{mark}] {subject}", f"{settings['trial']}\n\n{body}"
        subject = one_line(subject)
        subject_template = Template(*marks.split(subject))
        is_fixed = not subject_template.placeholders
        given["subject"] = subject if is_fixed else marks.placehold(subject, "subject")
        html = self._print(f"{template}.html", settings, given)
        return CachedLetter(
            subject_template,
            folded("Subject", subject) if is_fixed else b"",
            Passages.of_text(body, marks),
            Passages.of_html(html, marks),
        )

    def _print(self, name: str, settings: Mapping[str, str], variables: Mapping[str, Any]) -> str:
        # Not render_template: its context processors are for pages.
        template = self._environment.get_template(f"mail/messages/{name}")
        return template.render(settings, **variables)


def one_line(text: str) -> str:
    """Return `text` in one line, without blanks around it."""
    return _BLANKS.sub(" ", text).strip()


def folded(name: str, value: Any) -> bytes:
    """Return a header as it is sent; raise ValueError where the value would add another."""
    return policy.SMTP.fold_binary(*policy.SMTP.header_store_parse(name, value))
