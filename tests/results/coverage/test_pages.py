"""Coverage pages: the board, and the way from one of its gaps to a message."""

import re

import pytest
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.questionnaires.models import Questionnaire
from consultation.questionnaires.publication import publish
from consultation.responses.models import Draft
from tests.exports.builders import SENT, form_of, respond
from tests.factories import make_measure, make_round
from tests.invitations.builders import (
    answer,
    make_group,
    make_invitee,
    make_mailing,
    send_all,
    start,
    text_of,
)
from tests.results.publishing_builders import signed_in

BOARD = "/organisation/couverture"
INVITE = f"{BOARD}/inviter"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    for code in ("T4", "T7"):
        make_measure(session, code, indicators=1)
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, Role.ORGANISER)


def table_of(text):
    """The rows of the board, each as the words of its cells."""
    table = re.search(r'<table class="coverage"[^>]*>.*?</table>', text, re.DOTALL)[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_board_shows_counts_totals_and_what_is_missing(session, organiser, opened):
    respond(session, opened, "T4", capacity="justice")
    respond(session, opened, "T4", capacity="justice")
    respond(session, opened, None, capacity="police")

    text = text_of(organiser.get(BOARD))

    header, *rows, total = table_of(text)
    assert header[:2] == ["Mesure", "Total"]
    assert header[-2:] == ["Police ou gendarmerie", "Justice"]
    assert [(row[0], row[1], row[-2], row[-1]) for row in rows] == [
        ("T7 Hébergement spécialisé", "0", "0", "0"),
        ("L'ensemble des indicateurs", "1", "1", "0"),
        ("T4 Hébergement spécialisé", "2", "0", "2"),
    ]
    assert (total[0], total[1], total[-2], total[-1]) == ("Total", "3", "1", "2")
    assert "1 mesure sans aucune contribution." in text
    assert "ne pas diffuser" in text
    assert "il reste 30 jours" in text


def test_another_round_another_side_and_another_order_may_be_chosen(session, organiser, opened):
    later = make_round(session, code="tour-2")
    respond(session, later, "T7", territory="mayotte")

    text = text_of(organiser.get(f"{BOARD}?tour=tour-2&par=territoire&tri=plan"))

    header, *rows = table_of(text)
    assert [row[0].split()[0] for row in rows] == ["T4", "T7", "L'ensemble", "Total"]
    assert rows[1][header.index("Mayotte")] == "1"
    before = text_of(organiser.get(f"{BOARD}?tour=tour-2&par=territoire&ordre=plan"))
    assert table_of(before) == [header, *rows], "as it was once called"
    assert '<option value="tour-2" selected>' in text
    assert "tour=tour-2" in text
    assert organiser.get(f"{BOARD}?tour=aucun").status_code == 404


def test_days_are_a_picture_with_words_and_a_table(session, organiser, opened):
    respond(session, opened, "T7", at=now())
    respond(session, opened, "T7", at=now())

    text = text_of(organiser.get(BOARD))

    picture = re.search(r"<svg.*?</svg>", text, re.DOTALL)[0]
    assert 'role="img"' in picture
    assert "2 contributions." in picture
    assert picture.count("<rect") == 1
    assert "style=" not in picture
    assert text.count('<th scope="row"') >= 11


def test_drafts_are_only_counted(session, organiser, opened):
    who = respond(session, opened, "T4").respondent
    form = form_of(session, opened, "T7")
    session.add(
        Draft(
            respondent_id=who.id, questionnaire_id=form.id, fields='{"x": "Zsecret"}', saved_at=SENT
        )
    )
    session.commit()

    text = text_of(organiser.get(BOARD))

    header, *rows = table_of(text)
    assert header[-1] == "Commencés"
    assert {row[0].split()[0]: row[-1] for row in rows} == {
        "T4": "0",
        "T7": "1",
        "L'ensemble": "0",
        "Total": "1",
    }
    assert "Zsecret" not in text


def test_form_begun_on_a_retired_measure_is_in_the_rows_as_in_the_total(session, organiser, opened):
    who, form = respond(session, opened, "T4").respondent, form_of(session, opened, "T7")
    session.add(Draft(respondent_id=who.id, questionnaire_id=form.id, fields="{}", saved_at=SENT))
    form.measure.retired_at = now()
    publish.publish(session, opened, now())
    session.commit()

    _header, *rows, total = table_of(text_of(organiser.get(BOARD)))

    assert [row[-1] for row in rows if row[0] == "T7 Hébergement spécialisé fermée"] == ["1"]
    assert sum(int(row[-1]) for row in rows) == int(total[-1])


def test_holes_and_thin_cells_lead_to_inviting_and_full_ones_do_not(session, organiser, opened):
    for _ in range(5):
        respond(session, opened, "T4", capacity="justice")
    respond(session, opened, "T4", capacity="police")

    page = organiser.get(BOARD).text

    links = set(re.findall(r'/inviter\?mesure=(\w+)&amp;qualite=(\w+)"', page))
    assert ("T4", "police") in links
    assert ("T4", "citizen") in links
    assert ("outil", "justice") in links
    assert ("T4", "justice") not in links


def test_past_round_shows_holes_and_leads_nowhere(session, organiser, opened):
    respond(session, opened, "T4")
    opened.closes_at = now()
    session.commit()

    page = organiser.get(BOARD).text

    assert "fermé le" in page
    assert '<span class="gap">0</span></td>' in page
    assert INVITE not in page


def test_without_a_round_or_a_form_the_board_says_what_comes_first(session, organiser):
    nothing = text_of(organiser.get(BOARD))
    make_round(session)
    session.query(Questionnaire).update({"published_at": None})
    session.commit()
    unpublished = text_of(organiser.get(BOARD))

    assert "Aucun tour de consultation" in nothing
    assert "Aucun formulaire publié" in unpublished


def test_only_organisers_see_the_board(client, app, session, opened):
    moderator = signed_in(app, session, Role.MODERATOR)

    assert [client.get(path).status_code for path in (BOARD, INVITE)] == [303, 303]
    assert [moderator.get(path).status_code for path in (BOARD, INVITE)] == [403, 403]


def test_from_a_gap_to_a_message_with_the_group_ticked(session, organiser, opened):
    lawyers = make_group(session, "Juristes")
    network = make_group(session, "Réseau")
    for number in range(3):
        make_invitee(session, lawyers, f"j{number}@exemple.fr", capacity="justice")
    make_invitee(session, network, "r@exemple.fr", capacity="justice")

    page = organiser.get(f"{INVITE}?mesure=T7&qualite=justice")
    compose = re.search(r'class="button" href="([^"]+)">Écrire à ce groupe', page.text)[1]
    form = organiser.get(compose).text

    text = text_of(page)
    assert "Inviter : Justice" in text
    assert "T7 · Hébergement spécialisé" in text
    assert "3 contacts de cette qualité dans « <bdi>Juristes</bdi> », dont 3 n'ont pas" in text
    assert compose == f"/organisation/invitations/messages/nouveau?groupe={lawyers.public_id}"
    assert re.search(f'<input checked [^>]*value="{lawyers.public_id}"', form)
    assert not re.search(f'<input checked [^>]*value="{network.public_id}"', form)
    assert "jeanne" not in page.text.lower()


def test_without_such_a_contact_a_list_is_asked_for(session, organiser, opened):
    make_invitee(session, make_group(session), capacity="police")

    text = text_of(organiser.get(f"{INVITE}?mesure=outil&territoire=mayotte"))

    assert "Aucun contact de ce territoire" in text
    assert "la colonne « Territoire » dit « Mayotte »" in text
    assert 'href="/organisation/invitations/importer">Importer une liste' in text


def test_when_all_have_answered_or_want_no_mail_nobody_is_left_to_write_to(
    session, app, organiser, opened
):
    invitee = make_invitee(session, make_group(session), capacity="police")
    start(session, make_mailing(session, opened, invitee.groups[0]))
    send_all(session, app)
    answer(session, invitee)

    text = text_of(organiser.get(f"{INVITE}?mesure=T7&qualite=police"))

    assert "dont 0 n'a pas répondu" in text
    assert "plus personne à qui écrire" in text
    assert "Écrire à ce groupe" not in text


def test_what_is_not_there_is_no_page(organiser, opened):
    for query in ("", "mesure=T7", "mesure=T7&qualite=rien", "mesure=T99&qualite=police"):
        assert organiser.get(f"{INVITE}?{query}").status_code == 404, query


def test_after_the_round_nobody_is_invited(session, organiser, opened):
    with time_machine.travel(opened.closes_at):
        organiser.enter("organiser@exemple.fr")
        text = text_of(organiser.get(f"{INVITE}?mesure=T7&qualite=police"))

    assert "Aucun tour n'est ouvert ni prévu" in text
