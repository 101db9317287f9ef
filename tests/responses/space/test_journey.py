"""Journey: the identity given once, the progress over the measures, the next one."""

import random
import re

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.invitations.mailings import invitations
from consultation.invitations.models import Invitation, InviteeMeasure
from consultation.plan import queries
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire
from consultation.questionnaires.outline import edits, store
from consultation.questionnaires.outline.structure import Scope
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses.models import (
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    Standing,
    Submission,
)
from consultation.responses.models import Response as StoredResponse
from consultation.responses.space import journey, links, views
from consultation.responses.space.journey import MeasureProgress
from consultation.typesetting import qr
from tests.factories import make_axis, make_measure
from tests.invitations.builders import make_group, make_invitee
from tests.questionnaires.outline_builders import make_question
from tests.responses.builders import identity_fields
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import fields


@pytest.fixture
def plan(session, measure):
    """Three more measures: T9 in the axis of T7, after T8 of another one; T10 with T8."""
    other = make_axis(session, "B", "Autre axe")
    for code, axis in (("T8", other), ("T9", measure.axis), ("T10", other)):
        make_measure(session, code, f"Mesure {code}").axis = axis
    session.flush()


@pytest.fixture
def consultation_round(plan, consultation_round):
    return consultation_round


@pytest.fixture
def receipt(client, form):
    sent = form.data(
        capacity="support_association", organisation="Foyer l’Élan", email="jeanne@exemple.fr"
    )
    return client.post(form.path, data=sent, follow_redirects=True)


@pytest.fixture
def link(receipt):
    return re.search(r'action="(/contributions/ouvrir/[\w.-]+)"', receipt.text)[1]


def journey_of(session):
    session.rollback()
    respondent = session.scalars(sa.select(Respondent)).one()
    return journey.of(session, respondent.id, queries.measures(session), ())


def suggested(session):
    session.rollback()
    return views.following(session, session.scalars(sa.select(Respondent.id)).one())


def test_button_of_the_receipt_leads_to_the_next_measure_of_the_axis(client, link):
    page = client.post(link, data={"intent": "continue"}, follow_redirects=True)

    assert page.request.path == "/contributions/mesures/T9"
    assert 'value="Foyer l’Élan"' in page.text.replace("&#39;", "’")
    assert 'value="jeanne@exemple.fr"' in page.text


def test_measure_that_was_answered_offers_to_correct_the_response(client, link, app):
    client.post(link)

    answered, other = client.get("/mesures/T7").text, client.get("/mesures/T8").text
    stranger = app.test_client().get("/mesures/T7").text

    assert 'class="button" href="/contributions/mesures/T7">Corriger ma réponse</a>' in answered
    assert "Vous avez répondu à cette mesure" in answered
    assert "hors de mon espace" not in answered.partition("<footer")[0]
    assert "Répondre dans mon espace" in other
    assert "Répondre hors de mon espace" in other
    assert "Vous avez répondu" not in other + stranger


def test_measure_with_a_draft_offers_to_take_it_up_again(client, link, session):
    client.post(link)
    path = "/contributions/mesures/T8"
    begun = Form(session, queries.measure_by_code(session, "T8"))
    typed = fields(begun, client.get(path), suggestions="Plus de places")
    client.post(path, data=typed | {"intent": "save"})

    page = client.get("/mesures/T8").text

    assert "Votre brouillon est dans votre espace" in page
    assert "Reprendre mon brouillon" in page


def test_receipt_shows_the_link_as_a_code(client, receipt):
    link = re.search(r'class="personal-link"><a href="[^"]+"><code>(.+?)<', receipt.text)[1]
    path = re.search(r'<img src="(.+?/code)" alt="Le même lien', receipt.text)[1]

    drawn = client.get(path)

    assert drawn.mimetype == "image/svg+xml"
    assert "no-store" in drawn.headers["Cache-Control"]
    assert f'd="{qr.draw(link).path}"' in drawn.text


def test_unknown_code_is_not_drawn(client):
    assert client.get("/recu/inconnu/code").status_code == 404


def test_space_says_how_far_one_is(client, link, session):
    client.post(link)
    page = client.get("/contributions/")

    assert "Vous avez répondu à 1 mesure sur 4" in page.text
    assert page.text.count("pas commencée") == 4
    assert "envoyée" in page.text
    assert "Mesure suivante" in page.text


def suggested_by_rule(steps, last):
    """The code of the measure that the rule says, spelled out over all steps."""
    begun = [step for step in steps if step.progress is MeasureProgress.BEGUN]
    left = [step for step in steps if step.progress is MeasureProgress.UNTOUCHED] or begun
    ids = [step.measure.id for step in steps]
    here = ids.index(last) if last in ids else -1
    axis_id = steps[here].measure.axis_id if here >= 0 else None

    def rank(step):
        place = ids.index(step.measure.id)
        return not step.is_asked, step.measure.axis_id != axis_id, place < here, place

    return min(left, key=rank).measure.code if left else None


def store_journey(session, chance, forms, measures):
    """Store a respondent at random: what was sent, withdrawn, begun and asked, in any order."""
    at = now()
    round_id = forms[0].round_id
    person = Respondent(
        round_id=round_id, capacity="citizen", notice_version="1", locale="fr", created_at=at
    )
    invitee = make_invitee(session, make_group(session, new_id()), f"{new_id()}@exemple.fr")
    session.add(person)
    session.flush()
    session.add(
        Invitation(round_id=round_id, invitee_id=invitee.id, respondent_id=person.id, created_at=at)
    )
    for measure in chance.sample(measures, chance.choice([0, 0, 1, 2])):
        session.add(InviteeMeasure(invitee_id=invitee.id, measure_id=measure.id))
    for form in chance.sample(forms, chance.randrange(len(forms) + 1)):
        sent = Submission(key=new_id(), received_at=at)
        session.add(sent)
        session.flush()
        session.add(
            StoredResponse(
                submission_id=sent.id, respondent_id=person.id, questionnaire_id=form.id,
                receipt_code=new_id(), content_hash="", submitted_at=at,
                withdrawn_at=chance.choice([None, None, None, at]),
            )
        )  # fmt: skip
        session.flush()
    for form in chance.sample(forms, chance.choice([0, 1, 3, len(forms)])):
        session.add(
            Draft(respondent_id=person.id, questionnaire_id=form.id, fields="{}", saved_at=at)
        )
    session.commit()
    return person.id


def test_what_is_suggested_is_what_the_rule_says_of_any_journey(session, form):
    chance = random.Random(59)
    forms = session.scalars(sa.select(Questionnaire)).all()
    everything = queries.measures(session)
    last_sent = (
        sa.select(Questionnaire.measure_id)
        .join(StoredResponse, StoredResponse.questionnaire_id == Questionnaire.id)
        .where(StoredResponse.withdrawn_at.is_(None))
        .order_by(StoredResponse.submitted_at.desc(), StoredResponse.id.desc())
    )
    outcomes = []
    for _ in range(40):
        person = store_journey(session, chance, forms, everything)
        retired = chance.sample(everything, chance.choice([0, 0, 1]))
        for measure in everything:
            measure.retired_at = now() if measure in retired else None
        session.commit()
        asked = invitations.measures_asked(session, person)
        way = journey.of(session, person, queries.measures(session), asked)
        last = session.scalars(last_sent.where(StoredResponse.respondent_id == person)).first()
        following = views.following(session, person)
        outcomes.append(following and following.code)
        assert outcomes[-1] == suggested_by_rule(way.steps, last)

    assert set(outcomes) == {"T7", "T8", "T9", "T10", None}


def test_draft_comes_before_what_was_sent_and_a_correction_is_told(client, link, form, session):
    client.post(link)
    path = "/contributions/mesures/T7"
    page = client.get(path)
    draft = form.data(key=hidden(page, "submission_key")) | {"draft_revision": "0"}
    client.post(path, data=draft | {"intent": "save"})

    begun = journey_of(session)
    page = client.get(path)
    corrected = form.data(key=hidden(page, "submission_key"), suggestions="Corrigé")
    client.post(path, data=corrected | {"draft_revision": hidden(page, "draft_revision")})

    assert begun.steps[0].progress is MeasureProgress.BEGUN
    assert begun.sent_count == 1
    assert journey_of(session).steps[0].progress is MeasureProgress.REVISED


def test_what_is_suggested_follows_the_axis_then_the_plan(client, link, session):
    client.post(link)
    followed = []
    while (following := suggested(session)) is not None:
        followed.append(following.code)
        form = Form(session, queries.measure_by_code(session, following.code))
        path = f"/contributions/mesures/{following.code}"
        key = hidden(client.get(path), "submission_key")
        client.post(path, data=form.data(key=key))

    assert followed == ["T9", "T10", "T8"]
    assert "Vous avez répondu sur toutes les mesures" in client.get("/contributions/").text


def test_who_has_begun_all_and_sent_not_all_is_led_on_and_not_thanked(client, link, session, form):
    client.post(link)
    for code in ("T8", "T9", "T10"):
        path = f"/contributions/mesures/{code}"
        page = client.get(path)
        begun = Form(session, next(it for it in queries.measures(session) if it.code == code))
        client.post(path, data=fields(begun, page, suggestions="Début") | {"intent": "save"})

    space = client.get("/contributions/").text

    assert "Vous avez répondu sur toutes les mesures" not in space
    assert 'href="/contributions/mesures/T9"><span>Mesure suivante' in space


def test_space_leads_back_to_a_draft_first_and_to_what_was_sent(client, link, session):
    client.post(link)
    other = Form(session, next(it for it in queries.measures(session) if it.code == "T10"))
    page = client.get("/contributions/mesures/T10")
    client.post(
        "/contributions/mesures/T10",
        data=fields(other, page, suggestions="Début") | {"intent": "save"},
    )

    space = client.get("/contributions/").text

    assert 'class="button" href="/contributions/mesures/T10"><span>Reprendre mon brouillon' in space
    assert 'class="button quiet" href="/contributions/mesures/T9"><span>Mesure suivante' in space
    assert re.search(r'href="/contributions/mesures/T7"\s+aria-label="[^"]+">Corriger<', space)


def test_correcting_form_says_so_and_leads_back_to_the_space(client, link, session):
    client.post(link)

    first, again = (client.get(f"/contributions/mesures/{code}").text for code in ("T9", "T7"))

    assert "Vous corrigez ce que vous avez envoyé le" in again
    assert "Envoyer la correction" in again
    assert "Vous corrigez" not in first
    assert "Envoyer ma contribution" in first
    assert all('href="/contributions/">Mon espace</a> ›' in page for page in (first, again))


def test_contribution_of_a_closed_form_is_not_offered_for_correction(client, link, session):
    client.post(link)
    with writing(session):
        session.execute(sa.update(Measure).where(Measure.code == "T7").values(retired_at=now()))

    space = client.get("/contributions/").text

    assert "Numéro de dépôt" in space
    assert ">Corriger<" not in space


def test_who_one_is_changes_for_bulk_measures(client, link, session, form):
    client.post(link)
    name_by_code = {question.code: question.name for question in form.instrument.questions}
    page = client.get("/contributions/moi")
    names = re.findall(r'name="(question_\d+)"', page.text)

    changed = client.post(
        "/contributions/moi",
        data=identity_fields(
            page, capacity="justice", organisation="Tribunal", email="j@exemple.fr"
        ),
        follow_redirects=True,
    )

    assert len(set(names)) == 7
    assert name_by_code["suggestions"] not in page.text
    assert "Tribunal" in changed.text
    respondent = session.scalars(sa.select(Respondent)).one()
    assert (respondent.capacity, respondent.organisation) == ("justice", "Tribunal")
    assert session.scalars(sa.select(Contact)).one().address == "j@exemple.fr"


def test_corrected_address_ends_the_links_that_went_to_the_wrong_one(client, link, session):
    client.post(link)
    page = client.get("/contributions/moi")

    for address in ("", "j@e.fr"):
        sent = identity_fields(page, capacity="justice", email=address)
        client.post("/contributions/moi", data=sent)

    ended = sa.select(PersonalLink.holder).where(PersonalLink.revoked_at.is_not(None))
    session.rollback()
    assert session.scalars(ended).all() == ["mail"]
    assert "ne marchent plus" in page.text


def test_another_address_is_confirmed_by_nobody_yet(client, link, session):
    sent_to = session.scalars(sa.select(PersonalLink).where(PersonalLink.holder == "mail")).one()
    client.post(f"/contributions/ouvrir/{links.token_of(sent_to.id)}")
    page = client.get("/contributions/moi")
    states = []

    for address in ("jeanne@exemple.fr", "", "j@exemple.fr"):
        sent = identity_fields(page, capacity="justice", email=address)
        client.post("/contributions/moi", data=sent)
        session.rollback()
        states.append(session.scalars(sa.select(Respondent.standing)).one())

    assert states == [Standing.CONFIRMED, Standing.CONFIRMED, Standing.UNVERIFIED]


def test_who_one_is_is_taken_as_it_was_asked_before_the_form_was_renewed(client, link, session):
    client.post(link)
    page = client.get("/contributions/moi")
    sent = identity_fields(page, capacity="justice", organisation="Tribunal")
    opened = rounds_queries.last(session)
    before = rounds_queries.questionnaire_for(session, opened, None)
    store.change(session, opened, ask_more, now())
    publish.publish_outline(session, opened, now())
    session.commit()

    changed = client.post("/contributions/moi", data=sent | {"form": hidden(page, "form")})

    assert rounds_queries.questionnaire_for(session, opened, None) != before == hidden(page, "form")
    assert changed.status_code == 303
    respondent = session.scalars(sa.select(Respondent)).one()
    assert (respondent.capacity, respondent.organisation) == ("justice", "Tribunal")


def ask_more(outline):
    """Ask one question more of the tool as a whole."""
    section = next(section_ for section_ in outline.sections if section_.scope is Scope.TOOL)
    return edits.add_question(outline, section.code, make_question("bilan"))


def test_wrong_address_is_refused_at_its_field_and_kept(client, link, session):
    client.post(link)
    page = client.get("/contributions/moi")

    refused = client.post(
        "/contributions/moi", data=identity_fields(page, capacity="justice", email="jeanne@")
    )

    assert refused.status_code == 422
    assert "Vérifiez l" in refused.text
    assert 'value="jeanne@"' in refused.text
    assert session.scalars(sa.select(Contact)).one().address == "jeanne@exemple.fr"


def test_without_an_open_space_nobody_is_shown_or_changed(client, link, session):
    page = client.get("/contributions/moi")
    sent = client.post("/contributions/moi", data={"question_1": "justice"})

    assert (page.status_code, sent.status_code) == (403, 403)
    assert "Foyer" not in page.text
    assert session.scalars(sa.select(Respondent)).one().capacity == "support_association"
