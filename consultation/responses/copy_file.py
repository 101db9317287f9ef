"""A respondent's own copy as a JSON file, whose keys stay what they are.

At the top: `format` and `format_version`, which grows when a key changes its meaning; `made_at`;
`round` (`code`, `title`); `respondent`; `responses`; `drafts`.

`respondent` holds `since`, `channel` (web, mail), `language`, `capacity` and `territory` (each a
`value`, the option's code, and its `label`), `organisation`, `name`, `address`, and `consents`:
`notice_version` and `given_at`, then for each of `items` its `code` (contact, anonymous, named),
`label` and `is_given`.

A response holds `receipt_code`, `form` (`title`, `measure`, `version`), `revision`, `state`
(current, superseded, withdrawn), `submitted_at`, `superseded_at`, `withdrawn_at`, and `answers`:
`indicator`, `question` (its code), `label`, `values` (each a `value` and, for an option, its
`label`), and, for a text that moderators have to read, `fate` (`state`, `reasons`).

A draft, which was not sent, holds `form`, `saved_at` and `answers`.  Moments are ISO 8601 in UTC,
days ISO dates, and what is not known is null.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from consultation.i18n import Localized, localized
from consultation.responses.copied import Copy, Given, GivenAnswer, GivenForm, GivenResponse

FORMAT, FORMAT_VERSION = "consultation-copy", 1

Fates = Mapping[int, Mapping[int, tuple[str, Sequence[str]]]]
"""The state of each text and the reasons for it, by the ids of response and question."""


def file_of(copy: Copy, locale: str, fates: Fates) -> bytes:
    """Return the file; labels are in the language `locale`."""
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_at": _moment(copy.made_at),
        "round": {"code": copy.round_code, "title": localized(copy.round_title, locale)},
        "respondent": _respondent(copy, locale),
        "responses": [_response(one, locale, fates.get(one.id, {})) for one in copy.responses],
        "drafts": [
            {
                "form": _form(draft.form, locale),
                "saved_at": _moment(draft.saved_at),
                "answers": [_answer(answer, locale) for answer in draft.answers],
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


def _response(
    one: GivenResponse, locale: str, fates: Mapping[int, tuple[str, Sequence[str]]]
) -> dict[str, Any]:
    return {
        "receipt_code": one.receipt_code,
        "form": _form(one.form, locale),
        "revision": one.revision,
        "state": one.state,
        "submitted_at": _moment(one.submitted_at),
        "superseded_at": _moment(one.superseded_at),
        "withdrawn_at": _moment(one.withdrawn_at),
        "answers": [
            _answer(answer, locale) | {"fate": _fate(fates.get(answer.question_id))}
            for answer in one.answers
        ],
    }


def _form(form: GivenForm, locale: str) -> dict[str, Any]:
    return {
        "title": localized(form.title, locale),
        "measure": form.measure,
        "version": form.version,
    }


def _answer(answer: GivenAnswer, locale: str) -> dict[str, Any]:
    return {
        "indicator": answer.indicator or None,
        "question": answer.code,
        "label": localized(answer.label, locale),
        "values": [_value(value, locale) for value in answer.values],
    }


def _value(given: Given, locale: str) -> dict[str, Any]:
    return {"value": given.value, "label": _label(given.label, locale)}


def _label(label: Localized | None, locale: str) -> str | None:
    return localized(label, locale) or None


def _fate(told: tuple[str, Sequence[str]] | None) -> dict[str, Any] | None:
    return {"state": told[0], "reasons": list(told[1])} if told else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
