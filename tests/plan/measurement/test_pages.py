"""Typed values on the pages of indicators, and those that are proposed."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.plan.apply import apply
from consultation.plan.measurement.values import Figure, Measurement, measurement_of
from consultation.plan.models import Indicator, MeasuredAs, WantedDirection
from consultation.questionnaires.models import Questionnaire
from tests.factories import make_round
from tests.pages import visible_text
from tests.plan.builders import AT, make_draft, make_indicator_draft, make_measure_draft
from tests.plan.forms import form_in
from tests.plan.pages import signed_in, text_of

INDICATOR = "/organisation/plan/indicateurs/1.1"
PROPOSED = "/organisation/plan/valeurs-chiffrees"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


@pytest.fixture
def plan(session):
    draft = make_draft(
        make_measure_draft(
            "1",
            make_indicator_draft(
                "1.1", baseline={"fr": "2 994 (2022)"}, final_target={"fr": "en baisse"}
            ),
            make_indicator_draft("1.2", midterm_target={"fr": "40 %"}, final_target={"fr": "80 %"}),
            make_indicator_draft("1.3", baseline={"fr": "10"}, final_target={"fr": "80 %"}),
            make_indicator_draft("1.4"),
        )
    )
    apply(session, draft, AT)
    session.commit()


def measured(session, code):
    session.rollback()
    indicator = session.scalars(sa.select(Indicator).where(Indicator.code == code)).one()
    return measurement_of(indicator.version), indicator.version.number


def proposed(page):
    """Return what the form of the proposals sends, as it comes."""
    marks = re.findall(r'name="choisi" value="([^"]+)" checked', page.text)
    return {**form_in(page), "choisi": marks}


def send(organiser, **texts):
    page = organiser.get(INDICATOR)
    return organiser.post(INDICATOR, form_in(page, INDICATOR) | texts)


def test_values_are_typed_on_the_page_without_a_reason_or_a_version(organiser, session, plan):
    sent = send(
        organiser,
        measured_as="nombre",
        direction="diminuer",
        final_value="1 500,5",
        final_dated="06/2027",
        final_source="Plan national",
    )

    assert sent.status_code == 303
    final = Figure(1500.5, "2027-06", "Plan national")
    typed = Measurement(MeasuredAs.NUMBER, WantedDirection.LESS, final=final)
    assert measured(session, "1.1") == (typed, 1)
    page = organiser.get(INDICATOR).text
    assert 'value="06/2027"' in page or ">06/2027<" in page


def test_what_cannot_be_read_is_said_at_its_field_and_kept(organiser, session, plan):
    page = send(organiser, measured_as="nombre", final_value="environ 300")

    assert page.status_code == 422
    assert "« environ 300 » n'est pas un nombre" in visible_text(page)
    assert 'id="final_value-error"' in page.text
    assert "environ 300" in page.text
    assert measured(session, "1.1") == (Measurement(), 1)


def test_typed_values_open_no_form(organiser, session, plan):
    make_round(session)
    forms = sa.select(sa.func.count()).select_from(Questionnaire)
    before = session.scalar(forms)

    assert send(organiser, measured_as="nombre", final_value="12").status_code == 303

    session.rollback()
    assert session.scalar(forms) == before
    assert measured(session, "1.1")[0].final == Figure(12.0)


def test_texts_are_proposed_and_typed_when_somebody_says_so(organiser, session, plan):
    page = organiser.get(PROPOSED)
    text = visible_text(page)

    assert "2 indicateurs ont une valeur à reprendre" in text
    assert "« 2 994 (2022) » → 2994 , 2022" in text
    assert "1.3" in text[text.index("À reprendre à la main") :]
    assert measured(session, "1.2") == (Measurement(), 1)

    fields = proposed(page)
    assert organiser.post(PROPOSED, fields).status_code == 303
    whole = Measurement(MeasuredAs.PERCENTAGE, midterm=Figure(40.0), final=Figure(80.0))
    assert measured(session, "1.2") == (whole, 1)
    assert measured(session, "1.1")[0].baseline == Figure(2994.0, "2022")


def test_proposals_that_changed_meanwhile_are_not_typed(organiser, session, plan):
    fields = proposed(organiser.get(PROPOSED))
    send(organiser, baseline="3 000 (2023)", reason="Plus récent")

    page = organiser.post(PROPOSED, fields)

    assert page.status_code == 409
    assert "Un indicateur a changé entre-temps" in visible_text(page)
    assert measured(session, "1.2") == (Measurement(), 1)


def test_nothing_ticked_is_refused_with_what_to_do(organiser, session, plan):
    organiser.get(PROPOSED)

    page = organiser.post(PROPOSED, {})

    assert page.status_code == 422
    assert "Cochez au moins un indicateur." in visible_text(page)


def test_page_says_when_all_is_typed(organiser, session):
    assert "Toutes les valeurs sont déjà chiffrées" in visible_text(organiser.get(PROPOSED))


def remarks_of(page):
    text = text_of(page)
    return text[text.index('id="remarques"') : text.index("Relire ce qui est écrit")]


def test_wording_is_reread_by_a_button_and_nothing_is_stored(organiser, session, plan):
    assert "Il manque l'unité" in remarks_of(organiser.get(INDICATOR))

    page = send(organiser, label="Renforcer l'accueil", unit="places", geste="relire")

    assert page.status_code == 200
    assert "une intention" in remarks_of(page)
    assert "Il manque l'unité" not in remarks_of(page)
    assert "Renforcer l'accueil" in text_of(page)
    assert measured(session, "1.1") == (Measurement(), 1)


def test_remark_is_silenced_with_a_reason_and_made_again(organiser, session, plan):
    fields = form_in(organiser.get(INDICATOR), INDICATOR) | {"label": "Services ouverts"}
    path = f"{INDICATOR}/remarques/no_unit"

    refused = organiser.post(path, fields)
    assert refused.status_code == 422
    assert "Écrivez pourquoi" in refused.text

    silenced = organiser.post(path, fields | {"why_no_unit": "Sans objet"})
    assert "Remarque mise de côté" in silenced.text
    assert "Sans objet" in silenced.text
    assert 'value="Services ouverts"' in silenced.text
    assert "Sans objet" in organiser.get(INDICATOR).text

    restored = organiser.post(path, fields | {"geste": "remettre"})
    assert "Remarque mise de côté" not in restored.text
    actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["remark_silenced", "remark_restored"]
    assert measured(session, "1.1") == (Measurement(), 1)
