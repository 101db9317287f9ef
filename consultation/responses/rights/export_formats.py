"""Formats of the data export: JSON, and the text of a page or a PDF.

At the top: `format` and `format_version`, which grows when a key changes its meaning; `made_at`;
`round` (`code`, `title`); `respondent`; `responses`; `drafts`.

`respondent` holds `since`, `channel` (web, mail, paper, phone), `language`, `capacity` and
`territory` (each a `value`, the option's code, and its `label`), `organisation`, `name`, `address`,
and `consents`: `notice_version` and `given_at`, then for each of `items` its `code` (contact,
anonymous, named), `label` and `is_given`.

A response holds `receipt_code`, `first_receipt_code` (that of its first revision, which receipts
show for all of them), `form` (`title`, `measure`, `version`), `revision`, `state`
(current, superseded, withdrawn), `submitted_at`, `received_on` (of what staff typed in from paper
or telephone), `superseded_at`, `withdrawn_at`, and `answers`:
`indicator`, `question` (its code), `label`, `values` (each a `value` and, for an option, its
`label`; of a matrix also its `row`, of a ranking its `rank`), and, for a text that moderators have
to read, `outcome` (`state`, `reasons`).

A draft, which was not sent, holds `form`, `saved_at` and `answers`.  Moments are ISO 8601 in UTC,
days ISO dates, and what is not known is null.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from consultation.i18n import Localized, localized
from consultation.questionnaires.kinds import numbers
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.revisions import of_scale
from consultation.responses.rights.export import (
    Copy,
    Given,
    GivenAnswer,
    GivenConsent,
    GivenDraft,
    GivenForm,
    GivenResponse,
)
from consultation.web.locale import current_locale
from consultation.web.typography import isolated, local, moment, typeset

FORMAT, FORMAT_VERSION = "consultation-copy", 1

TextOutcomes = Mapping[int, Mapping[int, tuple[str, Sequence[str]]]]
"""The moderation state of each text and its reasons, by the ids of response and question."""


def file_of(copy: Copy, locale: str, outcomes: TextOutcomes) -> bytes:
    """Return the JSON file; labels are in the language `locale`."""
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_at": _moment(copy.made_at),
        "round": {"code": copy.round_code, "title": localized(copy.round_title, locale)},
        "respondent": _respondent(copy, locale),
        "responses": [
            _response_json(response, locale, outcomes.get(response.id, {}))
            for response in copy.responses
        ],
        "drafts": [
            {
                "form": _form_json(draft.form, locale),
                "saved_at": _moment(draft.saved_at),
                "answers": [_answer_json(answer, locale) for answer in draft.answers],
            }
            for draft in copy.drafts
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _respondent(copy: Copy, locale: str) -> dict[str, Any]:
    return {
        "since": _moment(copy.since),
        "channel": copy.channel,
        "language": copy.locale,
        "capacity": _value(copy.capacity, locale),
        "organisation": copy.organisation,
        "territory": _value(copy.territory, locale) if copy.territory else None,
        "name": copy.name,
        "address": copy.address,
        "consents": {
            "notice_version": copy.notice_version,
            "given_at": _moment(copy.consented_at),
            "items": [
                {
                    "code": consent.code,
                    "label": _label(consent.label, locale),
                    "is_given": consent.is_given,
                }
                for consent in copy.consents
            ],
        },
    }


def _response_json(
    response: GivenResponse, locale: str, outcomes: Mapping[int, tuple[str, Sequence[str]]]
) -> dict[str, Any]:
    return {
        "receipt_code": response.receipt_code,
        "first_receipt_code": response.first_code,
        "form": _form_json(response.form, locale),
        "revision": response.revision,
        "state": response.state,
        "submitted_at": _moment(response.submitted_at),
        "received_on": response.received_on.isoformat() if response.received_on else None,
        "superseded_at": _moment(response.superseded_at),
        "withdrawn_at": _moment(response.withdrawn_at),
        "answers": [
            _answer_json(answer, locale)
            | {"outcome": _outcome_json(outcomes.get(answer.question_id))}
            for answer in response.answers
        ],
    }


def _form_json(form: GivenForm, locale: str) -> dict[str, Any]:
    return {
        "title": localized(form.title, locale),
        "measure": form.measure,
        "version": form.version,
    }


def _answer_json(answer: GivenAnswer, locale: str) -> dict[str, Any]:
    return {
        "indicator": answer.indicator or None,
        "question": answer.code,
        "label": localized(answer.label, locale),
        "values": [_value(value, locale) for value in answer.values],
    }


def _value(given: Given, locale: str) -> dict[str, Any]:
    value = {"value": given.value, "label": _label(given.label, locale)}
    if given.row is not None:
        value["row"] = localized(given.row, locale)
    if given.rank is not None:
        value["rank"] = given.rank
    return value


def _label(label: Localized | None, locale: str) -> str | None:
    return localized(label, locale) or None


def _outcome_json(outcome: tuple[str, Sequence[str]] | None) -> dict[str, Any] | None:
    return {"state": outcome[0], "reasons": list(outcome[1])} if outcome else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


Fact = tuple[str, str]
Sentences = Mapping[int, Mapping[int, str]]
"""The moderation outcome of each text as a sentence, by the ids of response and question."""


@dataclass(frozen=True)
class AnswerDescription:
    """One question with the values given to it, each as it was written."""

    place: str
    label: str
    values: list[str]
    outcome: str = ""
    topic: str = ""
    """The name of the indicator, on the first of the answers about it."""


@dataclass(frozen=True)
class Entry:
    """One response or draft; `state` says why it does not count, if it does not."""

    heading: str
    state: str
    facts: list[Fact]
    answers: list[AnswerDescription]


@dataclass(frozen=True)
class Section:
    """One part of the copy."""

    heading: str
    note: str = ""
    facts: list[Fact] = field(default_factory=list)
    answers: list[AnswerDescription] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    is_folded: bool = False
    """Whether a page folds it, as what counts no more."""


@dataclass(frozen=True)
class CopyDescription:
    """A copy of everything, or of one response, ready to be laid out."""

    title: str
    eyebrow: str
    lead: str
    sections: list[Section]


def _(text: str, **values: Any) -> str:
    return typeset(gettext(text, **values))


def describe(copy: Copy, outcomes: Sentences) -> CopyDescription:
    """Return the copy in the language of the page."""
    replaced = [it for it in copy.responses if it.state == "superseded"]
    others = [it for it in copy.responses if it not in replaced]
    sections = [_identity(copy), _consents(copy), _responses(others, outcomes)]
    if copy.drafts:
        sections.append(_drafts(copy.drafts))
    if replaced:
        sections.append(_replaced(replaced))
    return CopyDescription(
        title=_("Ma copie"),
        eyebrow=local(copy.round_title),
        lead=_(
            "Tout ce que vous avez donné à cette consultation, tel que nous le gardons le"
            " %(moment)s. Les heures sont celles de Paris.",
            moment=moment(copy.made_at),
        ),
        sections=sections,
    )


def describe_response(response: GivenResponse, at: datetime) -> CopyDescription:
    """Return one response alone, in the language of the page."""
    entry = _describe_response(response, {})
    return CopyDescription(
        title=_("Ma réponse"),
        eyebrow=entry.heading,
        lead=_(
            "Ce que vous avez envoyé, tel que nous le gardons le %(moment)s. Les heures sont"
            " celles de Paris.",
            moment=moment(at),
        ),
        sections=[Section(_("Mes réponses"), entry.state, entry.facts, entry.answers)],
    )


def _identity(copy: Copy) -> Section:
    return Section(
        heading=_("Qui je suis"),
        facts=[
            (_("À quel titre"), _capacity(copy.capacity)),
            (_("Organisation"), copy.organisation or _("non donnée")),
            (_("Territoire"), _value_label(copy.territory) if copy.territory else _("non donné")),
            (_("Nom"), copy.name or _("non donné")),
            (_("Adresse électronique"), copy.address or _("non donnée")),
        ],
    )


def _capacity(capacity: Given) -> str:
    return _("non donnée") if capacity.value == NO_CAPACITY else _value_label(capacity)


def _consents(copy: Copy) -> Section:
    return Section(
        heading=_("Ce que j'accepte"),
        note=_(
            "Accords donnés le %(moment)s (notice sur les données personnelles, version"
            " %(version)s).",
            moment=moment(copy.consented_at),
            version=isolated(copy.notice_version),
        ),
        answers=[
            AnswerDescription("", _consent(consent), [_("oui") if consent.is_given else _("non")])
            for consent in copy.consents
        ],
    )


def _consent(consent: GivenConsent) -> str:
    known = {
        "contact": _("Que l'on m'écrive"),
        "anonymous": _("Que l'on me cite sans mon nom"),
        "named": _("Que l'on me cite avec mon nom"),
    }
    return local(consent.label) or known[consent.code]


def _responses(responses: Sequence[GivenResponse], outcomes: Sentences) -> Section:
    return Section(
        heading=_("Mes contributions"),
        note="" if responses else _("Vous n'avez encore rien envoyé."),
        entries=[
            _describe_response(response, outcomes.get(response.id, {})) for response in responses
        ],
    )


def _replaced(responses: Sequence[GivenResponse]) -> Section:
    return Section(
        heading=_("Versions remplacées"),
        note=_("Elles ne comptent plus : une version plus récente les remplace."),
        entries=[_describe_response(response, {}) for response in responses],
        is_folded=True,
    )


def _describe_response(response: GivenResponse, outcomes: Mapping[int, str]) -> Entry:
    return Entry(
        heading=local(response.form.title),
        state=_state(response),
        facts=[
            (_("Numéro de dépôt"), response.first_code),
            (_("Envoyée le"), moment(response.submitted_at)),
            *([(_("Version"), str(response.revision))] if response.revision > 1 else []),
            (_("Formulaire"), _form_label(response.form)),
        ],
        answers=_describe_answers(response.answers, outcomes),
    )


def _state(response: GivenResponse) -> str:
    if response.withdrawn_at is not None:
        return _(
            "Retirée le %(moment)s : elle ne compte plus et n'est plus transmise.",
            moment=moment(response.withdrawn_at),
        )
    if response.superseded_at is not None:
        return _(
            "Remplacée le %(moment)s par une version plus récente : elle ne compte plus.",
            moment=moment(response.superseded_at),
        )
    return ""


def _form_label(form: GivenForm) -> str:
    if form.measure is None:
        return _("réactions à l'ensemble, version %(number)s", number=form.version)
    return _("mesure %(code)s, version %(number)s", code=form.measure, number=form.version)


def _drafts(drafts: Sequence[GivenDraft]) -> Section:
    return Section(
        heading=_("Mes brouillons"),
        note=_(
            "Gardés tels que vous les avez tapés. Ils n'ont pas été envoyés : personne d'autre"
            " ne les lit, et ils ne comptent pas."
        ),
        entries=[describe_draft(draft) for draft in drafts],
    )


def describe_draft(draft: GivenDraft) -> Entry:
    """Return a draft in the language of the page."""
    return Entry(
        heading=local(draft.form.title),
        state=_("Brouillon, non envoyé."),
        facts=[
            (_("Enregistré le"), moment(draft.saved_at)),
            (_("Formulaire"), _form_label(draft.form)),
        ],
        answers=_describe_answers(draft.answers, {}),
    )


def _describe_answers(
    answers: Sequence[GivenAnswer], outcomes: Mapping[int, str]
) -> list[AnswerDescription]:
    places = ["", *(answer.indicator for answer in answers)]
    return [
        AnswerDescription(
            answer.indicator,
            local(answer.label),
            [_value_label(value) for value in answer.values],
            outcomes.get(answer.question_id, ""),
            local(answer.indicator_label) if answer.indicator != before else "",
        )
        for before, answer in zip(places, answers, strict=False)
    ]


def _value_label(given: Given) -> str:
    if given.label is not None:
        return _chosen_label(given, localized(given.label, current_locale()))
    if given.is_day:
        return f"{date.fromisoformat(str(given.value)):%d/%m/%Y}"
    if isinstance(given.value, float):
        return of_scale(numbers.written_in(given.value, current_locale()), given.top)
    return str(given.value)


def _chosen_label(given: Given, label: str) -> str:
    if given.row is not None:
        return _("%(row)s : %(answer)s", row=local(given.row), answer=label)
    return label if given.rank is None else f"{given.rank}. {label}"
