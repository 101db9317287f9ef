"""The public pages of results, their files, and what may be quoted beside them."""

import copy
import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import attribution
from consultation.moderation.models import (
    ModerationDecision,
    TextState,
    TextTranslation,
    Verdict,
)
from consultation.questionnaires.publication import publish as publication_publish
from consultation.responses.models import Contact, Respondent, Response
from consultation.results.models import Snapshot
from consultation.results.public import preview_image
from consultation.results.publication import snapshot_store
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.factories import make_axis, make_measure
from tests.moderation.builders import Colleague, make_actor, make_text
from tests.pages import main_text
from tests.results.publishing_builders import answer_many, publish, publisher
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE = ("T7.1", "stance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}
HOSTILE = '<script>alert(1)</script> & "d\'autres"'
PAGE = "/resultats/T7"


@pytest.fixture
def published(session, opened, measure):
    """A measure of which 20 + 12 + 7 are published, the 12 without how they divide in 9 + 3."""
    answer_many(
        session, opened, "T7",
        (20, {STANCE: "keep"}, JUDGES), (9, {STANCE: "amend"}, JUDGES),
        (3, {STANCE: "drop"}, JUDGES), (7, {}, POLICE),
    )  # fmt: skip
    return publish(session, opened, measure.id)


def quote(session, opened, text, **values):
    """A text that a moderator published."""
    values.setdefault("capacity", "justice")
    made = make_text(session, opened, text, **values)
    made.state = TextState.PUBLISHED
    session.commit()
    return made


def read_with_its_signature(session, opened, text):
    """A text that a moderator published with its signature beside it; the one who wrote it."""
    made = make_text(
        session, opened, text, capacity="justice", consent_named=True, organisation="L'Étape",
        contact=("Léa Martin", "lea@exemple.fr"),
    )  # fmt: skip
    who = session.get(Response, made.answer.response_id).respondent
    colleague = Colleague(session, make_actor(session, f"relit{made.answer_id}"))
    index = attribution.index_of(made.answer_id, attribution.signature_of(who))
    colleague.decide(made, Verdict.PUBLISH, None, signature_index=index)
    return made, who


MOMENT = re.compile(r"\d{1,2}(er)?\s\w+\s20\d\d(\sà\s\d+\sh\s\d\d)?")


def test_without_publication_the_page_says_when_results_come(client, opened):
    page = client.get("/resultats")

    assert "Rien n’est encore publié" in page.text
    assert page.status_code == 200


def test_list_names_what_is_published_with_its_number_and_date(client, published):
    text = main_text(client.get("/resultats"))

    assert "T7 Hébergement spécialisé 39 contributions" in text


def test_list_is_searched_as_the_measures_are(client, published):
    assert "1 mesure trouvée" in main_text(client.get("/resultats?q=HEBERGEMENT"))
    assert "Aucun résultat ne correspond" in client.get("/resultats?q=zzz").text


@pytest.mark.parametrize(
    "address",
    [PAGE, f"{PAGE}.json", f"{PAGE}/T7.1.stance.csv", f"{PAGE}/citations", "/resultats/outil"],
)
def test_what_is_not_published_is_not_found(client, opened, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/resultats/X1", "/resultats/X1.json", f"{PAGE}/rien.csv"])
def test_unknown_code_is_not_found(client, published, address):
    assert client.get(address).status_code == 404


def test_notes_of_feasibility_that_divide_were_published_and_are_said(
    client, session, opened, measure
):
    """As long as figures published with such a verdict are kept, it needs words."""
    asked = ("T7.1", "feasibility")
    answer_many(session, opened, "T7", (9, {asked: 9}, POLICE), (9, {asked: 1}, JUDGES))
    snapshot = publish(session, opened, measure.id)
    _as_published_before(session, snapshot)

    assert "Avis opposés sur la façon de le mesurer" in main_text(client.get(PAGE))


def _as_published_before(session, snapshot):
    published = copy.deepcopy(snapshot.public)
    told = next(one for one in published["questions"] if one["code"] == "feasibility")["statistics"]
    told.update(verdict="divided", divide=["police", "justice"])
    with writing(session()):
        snapshot.public = published


def test_page_shows_counts_and_hides_the_few(client, published):
    text = main_text(client.get(PAGE))

    assert "Le garder 20" in text
    assert "S'en passer • masqué (pour protéger un petit nombre)" in text
    assert "S'en passer : masqué (pour protéger un petit nombre)" in text


def test_chart_has_a_name_and_says_in_words_what_it_draws(client, published):
    page = client.get(PAGE).text

    chart = re.search(r'<svg class="chart".*?</svg>', page, re.DOTALL)[0]
    assert 'role="img"' in chart
    assert "<title" in chart
    assert "Le garder : 20" in chart.replace("\xa0", " ")


def test_chart_scale_is_all_contributions_and_says_so(client, published):
    page = client.get(PAGE).text

    assert f'width="{round(74 * 20 / 32, 2)}%"' in page
    assert "La barre entière représente 32 contributions." in page


def test_english_page_speaks_english_where_the_plan_does(client, published):
    page = client.get(f"/en{PAGE}")

    assert "Specialised accommodation" in page.text
    assert 'lang="en"' in page.text
    assert re.search(r"Keep it: \d+; Reword it: ", page.text)
    assert re.search(r"\d%", page.text)
    assert not re.search(r"\d\s%", page.text)


def test_public_pages_set_no_cookie_and_are_kept_until_they_change(client, published):
    page = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": page.headers["ETag"]})

    assert "Set-Cookie" not in page.headers
    assert again.status_code == 304
    assert client.head(PAGE).status_code == 200


def test_json_holds_what_the_page_shows_and_nothing_else(client, published):
    content = client.get(f"{PAGE}.json").json

    assert content["licence"] == "Licence Ouverte 2.0 (Etalab)"
    assert {key: content[key] for key in published.public} == published.public


def test_table_is_given_as_a_french_spreadsheet_reads_it(client, published):
    answer = client.get(f"{PAGE}/T7.1.stance.csv")

    lines = answer.data.decode("utf-8-sig").splitlines()
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert lines[0].split(";")[:7] == [
        "Mesure", "Tour", "Date des chiffres", "Tableau", "Code", "Libellé", "Le garder",
    ]  # fmt: skip
    assert lines[1].split(";")[:2] == ["T7", "tour-1"]
    assert lines[1].split(";")[5:12] == ["Ensemble", "20", "masqué", "0", "masqué", "0", "7"]
    name = 'filename="resultats-T7-tour-1-T7.1.stance.csv"'
    assert name in answer.headers["Content-Disposition"]


def test_day_of_a_table_is_that_of_paris(client, session, published):
    with writing(session()):
        found = session.get(Snapshot, published.id)
        found.public = found.public | {"taken_at": "2026-11-25T23:30:00+00:00"}

    lines = client.get(f"{PAGE}/T7.1.stance.csv").data.decode("utf-8-sig").splitlines()

    assert lines[1].split(";")[2] == "2026-11-26"


def test_table_is_given_as_json_with_its_date_and_licence(client, published):
    content = client.get(f"{PAGE}/qualites.json").json

    counts = {row["code"]: row["counts"] for row in content["rows"]}
    assert counts["justice"] == [32]
    assert content["taken_at"] == published.public["taken_at"]
    assert content["licence"]


def test_page_json_csv_and_picture_tell_the_same(client, session, published):
    """None of the ways out may hold a count that another hides."""
    phrases_ = preview_image.alternative_text(published.public)

    assert "S’en passer : masqué (pour protéger un petit nombre)" in phrases_.replace("\xa0", " ")
    assert '"count": null' in client.get(f"{PAGE}.json").text
    figures = main_text(client.get(PAGE)).split("Comment lire")[0].replace("1 à 3", "")
    assert not re.search(r"\b3\b", MOMENT.sub("", figures))


def test_hostile_words_are_escaped_wherever_they_stand(client, session, opened, measure):
    measure.title = {"fr": HOSTILE}
    measure.indicators[0].versions[0].label = {"fr": "=1+1 #let x = [a]"}
    session.commit()
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    made = publish(session, opened, measure.id)

    page = client.get(PAGE).text
    drawn = preview_image.picture_of(made.public, "au 25/11/2026")

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in client.get("/resultats").text
    assert drawn.startswith(b"\x89PNG")


def test_single_response_hides_all_and_says_so(client, session, opened, measure):
    respond(session, opened, "T7", {STANCE: "keep"}, capacity="police")
    session.commit()
    publish(session, opened, measure.id)

    page = client.get(PAGE).text

    assert "tout est masqué pour l’instant" in page
    assert "nombre de contributions masqué" in client.get("/resultats").text


def test_retired_measure_keeps_its_results(client, session, published, measure):
    measure.retired_at = now()
    session.commit()

    assert "n’est plus soumise à consultation" in client.get(PAGE).text
    assert "Hébergement spécialisé" in client.get("/resultats").text


@pytest.mark.every_case
@pytest.mark.parametrize("address", ["/resultats?q=HEBERGEMENT", "/resultats?q=t7&axe=T"])
def test_results_of_a_retired_measure_are_found(client, session, published, measure, address):
    measure.retired_at = now()
    session.commit()

    assert "1 mesure trouvée" in main_text(client.get(address))


def test_replaced_axis_keeps_its_measures_apart(client, session, opened, measure):
    make_measure(session, "M1", title="Une mesure du plan").axis = make_axis(session, "1", "Axe 1")
    publication_publish.publish(session, opened, now())
    for code in ("T7", "M1"):
        answer_many(session, opened, code, (9, {}, JUDGES))
    publish(session, opened)

    text = main_text(client.get("/resultats"))

    assert re.search("Thèmes du suivi .* Axe 1 .* T7 .* M1 Une mesure du plan", text)


def test_home_and_the_measure_lead_to_results_once_there_are_some(client, session, opened, measure):
    assert 'href="/resultats' not in client.get("/").text + client.get("/mesures/T7").text
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)
    make_measure(session, "T9")
    session.commit()

    assert 'href="/resultats"' in client.get("/").text
    assert f'href="{PAGE}"' in client.get("/mesures/T7").text
    assert 'href="/resultats' not in client.get("/mesures/T9").text


def test_what_was_withdrawn_is_not_found_from_then_on(client, session, published):
    with writing(session()):
        found = session.get(Snapshot, published.id)
        snapshot_store.withdraw(Work(session(), publisher(session), now()), found)

    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}.json").status_code == 404


def test_page_asks_the_same_few_queries_however_much_was_said(client, session, opened, measure):
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)
    few = queries_of(client)
    for number in range(8):
        quote(session, opened, f"Texte {number}")
    publish(session, opened, measure.id)

    many = queries_of(client)

    assert many <= few + 2  # the respondents of what is quoted, and the signatures read
    assert many <= 9  # one of them reads the settings


def queries_of(client):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    client.get(PAGE)
    return len([statement for statement in asked if statement.startswith("SELECT")])


def test_published_text_is_quoted_with_a_capacity_that_is_shown(client, session, opened, measure):
    quote(session, opened, "Il faut plus de places.")
    answer_many(session, opened, "T7", (8, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    text = main_text(client.get(PAGE))

    assert "Il faut plus de places. Justice" in text


def test_translation_stands_under_the_text_in_the_language_of_each(
    client, session, opened, measure
):
    account_id = make_actor(session).id
    made = quote(session, opened, "Hay que contar también a los menores.")
    made.locale = "es"
    session.add(
        TextTranslation(
            answer_id=made.answer_id,
            text="Il faut compter aussi les mineurs.",
            account_id=account_id,
            written_at=now(),
        )
    )
    session.commit()
    answer_many(session, opened, "T7", (8, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE).text

    assert re.search(r'<blockquote lang="es" dir="auto">Hay que contar', page)
    assert "· en espagnol</span>" in page
    assert "Traduction de l’équipe" in page
    assert '<bdi class="as-typed" lang="fr">Il faut compter aussi les mineurs.</bdi>' in page


def test_capacity_of_few_people_is_not_told_beside_a_text(client, session, opened, measure):
    quote(
        session,
        opened,
        "Seul de son avis.",
        capacity="police",
        organisation="Brigade",
        contact=("Léa", "l@x.fr"),
    )
    answer_many(session, opened, "T7", (20, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    text = main_text(client.get(PAGE))

    assert "Seul de son avis. Une personne qui a répondu" in text
    assert "Brigade" not in text
    assert "Léa" not in text


def test_who_agreed_to_be_named_is_named_with_the_organisation(client, session, opened, measure):
    read_with_its_signature(session, opened, "Signé.")
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE)

    assert "Signé. Léa Martin, L'Étape" in main_text(page)
    assert "lea@exemple.fr" not in page.text


@pytest.mark.every_case
@pytest.mark.parametrize("what", ["name", "organisation", "no longer", "another text"])
def test_unread_signature_is_not_shown(client, session, opened, measure, what):
    made, who = read_with_its_signature(session, opened, "Signé.")
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)
    assert "Signé. Léa Martin" in main_text(client.get(PAGE))
    if what == "name":
        session.get(Contact, who.id).name = "Aïcha, victime"
    elif what == "organisation":
        session.get(Respondent, who.id).organisation = "Aïcha, victime"
    elif what == "no longer":
        session.get(Respondent, who.id).consent_named = False
    else:
        decision = session.scalars(sa.select(ModerationDecision)).one()
        other, _who = read_with_its_signature(session, opened, "Aussi.")
        colleague = Colleague(session, make_actor(session))
        colleague.decide(other, Verdict.REOPEN, None)
        colleague.decide(other, Verdict.PUBLISH, None, signature_index=decision.signature_index)
        made.state = TextState.WITHHELD
    session.commit()
    publish(session, opened, measure.id)

    page = client.get(PAGE)

    assert re.search(r"(Signé|Aussi)\. Justice", main_text(page))
    assert "Aïcha" not in page.text
    assert "L&#39;Étape" not in page.text


def test_text_published_without_reading_its_signature_is_quoted_without(
    client, session, opened, measure
):
    """As when the texts of a campaign are decided on together."""
    made, _who = read_with_its_signature(session, opened, "Signé.")
    colleague = Colleague(session, make_actor(session))
    colleague.decide(made, Verdict.REOPEN, None)
    colleague.decide(made, Verdict.PUBLISH, None)
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    assert "Signé. Justice" in main_text(client.get(PAGE))


@pytest.mark.every_case
@pytest.mark.parametrize("what", ["unread", "withheld", "no consent", "withdrawn", "later"])
def test_no_other_text_is_quoted(client, session, opened, measure, what):
    made = quote(
        session, opened, "À ne pas montrer.",
        consent_anonymous=what != "no consent",
        at=now() + timedelta(hours=1) if what == "later" else now() - timedelta(days=1),
    )  # fmt: skip
    answer_many(session, opened, "T7", (9, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)
    assert ("À ne pas montrer." in client.get(PAGE).text) is (
        what in ("unread", "withheld", "withdrawn")
    )
    if what == "withdrawn":
        session.get(Response, made.answer.response_id).withdrawn_at = now()
    elif what in ("unread", "withheld"):
        made.state = TextState.WAITING if what == "unread" else TextState.WITHHELD
    session.commit()

    page = client.get(PAGE)

    assert "À ne pas montrer." not in page.text
    assert "À ne pas montrer." not in client.get(f"{PAGE}/citations").text


def test_order_of_quotations_follows_from_the_keys_of_the_site_alone(
    client, session, opened, measure, tmp_path, keys_dir
):
    for number in range(8):
        quote(session, opened, f"Texte numéro {number}.")
    publish(session, opened, measure.id)

    def order():
        return re.findall(r"Texte numéro (\d)", client.get(f"{PAGE}/citations").text)

    first = order()
    assert sorted(first) == [*"01234567"]
    assert order() == first
    keyring.load(tmp_path / "other_keys")
    other = order()
    keyring.load(keys_dir)

    assert other != first


def test_many_texts_are_quoted_a_page_at_a_time(client, session, opened, measure):
    for number in range(14):
        quote(session, opened, f"Texte numéro {number}.")
    publish(session, opened, measure.id)

    page = client.get(PAGE).text
    every = client.get(f"{PAGE}/citations").text

    assert page.count("<blockquote") == 12
    assert "Voir les 14 extraits publiés" in page.replace("\xa0", " ")
    assert every.count("<blockquote") == 14


def test_picture_is_drawn_after_publication_and_named_by_its_full_address(
    client, session, published
):
    assert "og:image" not in client.get(PAGE).text

    drawn = preview_image.draw_due(session())

    page = client.get(PAGE).text
    address = re.search(r'og:image" content="https://consultation.example([^"]+)"', page)[1]
    answer = client.get(address)
    assert drawn == 1
    assert answer.headers["Content-Type"] == "image/png"
    assert picture_size(answer.data) == (1200, 630)
    assert 'og:image:alt" content="Hébergement spécialisé. 39 contributions' in page.replace(
        "\xa0", " "
    )


def test_each_page_has_its_own_picture_or_none(client, session, opened, measure, published):
    other = make_measure(session, "T9")
    publication_publish.publish(session, opened, now())
    answer_many(session, opened, "T9", (9, {}, JUDGES))
    without = publish(session, opened, other.id)
    for snapshot, picture_of_it in ((published, b"le sien"), (without, None)):
        session.execute(
            sa.update(Snapshot).where(Snapshot.id == snapshot.id).values(picture=picture_of_it)
        )
    session.commit()

    address = "/resultats/image/{}.png"

    assert "og:image" in client.get(PAGE).text
    assert "og:image" not in client.get("/resultats/T9").text
    assert client.get(address.format(published.public_id)).data == b"le sien"
    assert client.get(address.format(without.public_id)).status_code == 404


def picture_size(made):
    return int.from_bytes(made[16:20], "big"), int.from_bytes(made[20:24], "big")


def test_picture_of_what_was_withdrawn_is_not_found(client, session, published):
    preview_image.draw_due(session())
    with writing(session()):
        snapshot_store.withdraw(
            Work(session(), publisher(session), now()), session.get(Snapshot, published.id)
        )

    assert client.get(f"/resultats/image/{published.public_id}.png").status_code == 404


def test_json_of_a_page_is_read_back_as_it_was_written(client, session, published):
    assert json.loads(client.get(f"{PAGE}.json").data)["responses"] == 39
    assert session.scalar(sa.select(sa.func.count()).select_from(Snapshot)) == 1


def test_shares_of_notes_are_of_those_who_gave_one(client, session, opened, measure):
    notes = ("T7.1", "relevance")
    answer_many(
        session, opened, "T7",
        (6, {notes: 2}, JUDGES), (6, {notes: 5}, JUDGES), (8, {notes: 9}, JUDGES),
        (5, {notes: "none"}, JUDGES),
    )  # fmt: skip
    publish(session, opened, measure.id)

    text = main_text(client.get(PAGE))

    assert "7 à 9 8 40 %" in text
    assert "Médiane 5 ; la moitié des notes va de 2 à 9." in text


def test_one_file_lists_all_that_is_published_with_its_date_licence_and_addresses(
    client, session, opened, published
):
    answer_many(session, opened, None, (3, {"tool_method": 8}, JUDGES))
    publish(session, opened, None)

    told = client.get("/resultats.json").json

    assert told["licence"] == "Licence Ouverte 2.0 (Etalab)"
    measure, tool = told["results"]
    assert (measure["measure"], measure["responses"]) == ("T7", 39)
    assert measure["title"] == published.public["title"]
    assert measure["round"] == published.public["round"]
    assert measure["taken_at"] == published.public["taken_at"]
    assert measure["links"] == {
        "page": "https://consultation.example/resultats/T7?tour=tour-1",
        "json": "https://consultation.example/resultats/T7.json?tour=tour-1",
    }
    assert (tool["measure"], tool["responses"]) == (None, None)
    assert 'href="/resultats.json"' in client.get("/resultats").text


def test_list_of_what_is_published_is_empty_before_and_after(client, session, opened, published):
    with writing(session()):
        snapshot_store.withdraw(
            Work(session(), publisher(session), now()), session.get(Snapshot, published.id)
        )

    assert client.get("/resultats.json").json["results"] == []


def test_beside_each_table_stand_its_files_with_their_date_and_licence(client, published):
    page = client.get(PAGE).text
    asked, sides = len(published.public["questions"]), 2

    beside = re.findall(r'<p class="files">.*?<small>([^<]+)</small>', page, re.S)

    assert len(beside) == asked + sides == page.count(".csv")
    assert all("Licence Ouverte 2.0 (Etalab)" in phrases_ for phrases_ in beside)
    assert all(published.public["taken_at"][:4] in phrases_ for phrases_ in beside)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_failed_picture_is_tried_again_later(client, session, published, monkeypatch, tmp_path):
    clock, whole = Clock(), preview_image.TEMPLATE
    failures = preview_image.Failures(clock)
    broken = tmp_path / "broken.typ"
    broken.write_text("#let")
    monkeypatch.setattr(preview_image, "TEMPLATE", broken)
    assert preview_image.draw_due(session(), failures) == 0
    assert client.get(PAGE).status_code == 200
    assert "og:image" not in client.get(PAGE).text

    monkeypatch.setattr(preview_image, "TEMPLATE", whole)
    at_once = preview_image.draw_due(session(), failures)
    clock.now += preview_image.FIRST_PAUSE
    later = preview_image.draw_due(session(), failures)

    assert (at_once, later) == (0, 1)
    assert "og:image" in client.get(PAGE).text


def test_picture_given_up_by_an_earlier_version_is_drawn_after_all(client, session, published):
    with writing(session()):
        session.get(Snapshot, published.id).picture = b""

    assert preview_image.draw_due(session()) == 1


def test_pause_of_a_failing_picture_grows_up_to_a_limit():
    clock = Clock()
    failures, pauses = preview_image.Failures(clock), []
    for _ in range(12):
        failures.add(1)
        began = clock.now
        while not failures.may_try(1):
            clock.now += preview_image.FIRST_PAUSE
        pauses.append(clock.now - began)

    assert pauses[:3] == [60, 120, 240]
    assert pauses[-1] == preview_image.LONGEST_PAUSE
