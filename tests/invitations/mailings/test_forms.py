"""Mailing form: each error at its field, the message stored as written."""

import re

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.invitations.mailings import drafts
from consultation.invitations.models import Mailing
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    mailing_form,
    make_draft,
    make_invitee,
    make_mailing,
    start,
    text_of,
)

NEW = "/organisation/invitations/messages/nouveau"
GOOD = {"subject": "Votre avis", "body": "{{lien}}", "pace": "60"}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("subject", "  ", "Écrivez l'objet"),
        ("subject", "x" * 151, "151 caractères, la limite est de 150"),
        ("subject", "{{lien}}", "Les repères sont {{nom}}, {{organisation}}, {{fin}}."),
        ("body", " \n", "Écrivez le texte"),
        ("body", "Bonjour", "Il manque {{lien}}"),
        ("body", "{{lien}} {{prenom}}", "{{prenom}} n'est pas un repère"),
        ("body", "{{lien}} {{nom", "Une accolade est seule"),
        ("body", "{{lien}}" + "x" * 3500, "3508 caractères, la limite est de 3500"),
        ("body", "{{lien}} " * 300, "trop lourd pour un courriel"),
        ("body", "{{lien}}" + "文" * 1500, "trop lourd pour un courriel"),
        ("pace", "0", "de 1 à 2000"),
        ("pace", "2001", "de 1 à 2000"),
        ("pace", "1.5", "de 1 à 2000"),
        ("pace", "٣", "de 1 à 2000"),
        ("pace", "", "de 1 à 2000"),
        ("groups", (), "au moins un groupe"),
        ("groups", ("x", "y"), "n'existe plus"),
    ],
)
def test_error_is_displayed_at_its_field(field, value, error):
    form = mailing_form(**GOOD | {field: value})

    assert list(form.errors) == [field]
    assert error in form.errors[field][0]


@pytest.mark.parametrize(
    ("english", "field", "error"),
    [
        ({"subject_en": "Your view"}, "body_en", "Écrivez aussi le texte en anglais"),
        ({"body_en": "{{lien}}"}, "subject_en", "Écrivez aussi l'objet en anglais"),
        ({"subject_en": "Your view", "body_en": "Dear"}, "body_en", "Il manque {{lien}}"),
        ({"subject_en": "{{x}}", "body_en": "{{lien}}"}, "subject_en", "{{x}} n'est pas"),
    ],
)
def test_english_message_is_whole_or_absent(english, field, error):
    form = mailing_form(**GOOD | english)

    assert list(form.errors) == [field]
    assert error in form.errors[field][0]


def test_subject_is_one_line_that_adds_no_header():
    form = mailing_form(**GOOD | {"subject": "Votre\r\nBcc: x@y.fr"})

    assert form.draft.subject == {"fr": "Votre Bcc: x@y.fr"}


def test_long_french_letter_has_no_error():
    sentence = "Les associations accompagnent des victimes d'exploitation ; où en est-on ? "
    body = (sentence * 60)[:3300] + "\n\n{{nom}} {{organisation}} {{mesures}} {{lien}} {{fin}}"

    assert mailing_form(**GOOD | {"body": body}).errors == {}


def test_form_without_any_field_is_refused(organiser, group):
    organiser.get(NEW)

    assert organiser.post(NEW, {}).status_code == 422


def test_refused_message_comes_back_as_it_was_typed(organiser, session, group):
    organiser.get(NEW)

    page = organiser.post(
        NEW,
        {"subject": "Votre <avis>", "body": "Sans lien 🙂", "groups": group.public_id, "pace": "x"},
    )

    text = text_of(page)
    assert page.status_code == 422
    assert "<title>Erreur : " in text
    assert 'value="Votre &lt;avis&gt;"' in text
    assert "Sans lien 🙂</textarea>" in text
    assert re.search(f'checked [^>]*value="{group.public_id}"', text)
    assert 'href="#body"' in text
    assert 'href="#pace"' in text
    assert 'aria-describedby="body-hint body-error" aria-invalid="true"' in text
    assert session.scalars(sa.select(Mailing)).all() == []


def test_draft_is_stored_and_changed(session, consultation_round, group):
    mailing = make_mailing(
        session, consultation_round, group, subject_en="View", body_en="{{lien}}"
    )

    seen = drafts.draft_of(mailing).digest
    with writing(session):
        drafts.change(Work(session, ORGANISER), mailing, make_draft(group, subject="Un avis"), seen)

    session.refresh(mailing)
    assert mailing.subject == {"fr": "Un avis"}
    assert mailing.body["fr"].startswith("Bonjour {{nom}},\n\n")
    assert mailing.groups == [group]


def test_started_mailing_is_not_changed(organiser, session, consultation_round, group):
    make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    seen = drafts.draft_of(mailing).digest

    with pytest.raises(StaleEdit) as stale, writing(session):
        drafts.change(Work(session, ORGANISER), mailing, make_draft(group, subject="Autre"), seen)
    assert stale.value.at == mailing.started_at
    page = organiser.get(
        f"/organisation/invitations/messages/{mailing.public_id}/modifier", follow_redirects=True
    )

    assert "il ne peut plus être modifié" in page.get_data(as_text=True)


def test_actor_who_may_not_invite_stores_no_message(session, consultation_round, group):
    with pytest.raises(NotAllowed), writing(session):
        drafts.add(Work(session, OUTSIDER, now()), make_draft(group), consultation_round.id)
