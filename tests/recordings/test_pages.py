"""Recordings beside their texts: put, replaced and removed by the team, played by visitors."""

from io import BytesIO

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import texts
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.recordings.models import Recording
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.questionnaires.publishing_builders import changed
from tests.questionnaires.rounds.builders import organiser_of
from tests.recordings.builders import id3, mp3, opus
from tests.statements import selects

LIST = "/organisation/tours/tour-1/enregistrements"
STANCE = f"{LIST}/fr/question/stance"
FORM = "/mesures/T7/contribuer"


@pytest.fixture
def round_(session):
    make_measure(session)
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def browser(app, session, round_):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


def field_of(page, name):
    return page.text.split(f'name="{name}"')[1].split('value="')[1].split('"')[0]


def put(browser, path=STANCE, content=None, name="voix.mp3", opened=None, **fields):
    """Choose a file on the page of a text, and send it."""
    opened = opened or browser.get(path)
    sent = {
        "digest": field_of(opened, "digest"),
        "replaced": field_of(opened, "replaced"),
        "agrees": "y",
        "file": (BytesIO(mp3() if content is None else content), name),
        **fields,
    }
    return browser.post(path, sent, content_type="multipart/form-data")


def recordings(session):
    session.rollback()
    return session.scalars(sa.select(Recording).order_by(Recording.id)).all()


def test_recording_is_played_beside_its_question_on_every_form(browser, session, client):
    page = put(browser, content=id3() + mp3())

    (recording,) = recordings(session)
    form = client.get(FORM)
    address = f"/enregistrements/{recording.public_id}.mp3"
    assert page.status_code == 303
    assert recording.content == mp3()
    assert form.text.count('<audio controls preload="none"') == 2  # for each of two indicators
    assert form.text.count(f'src="{address}"') == 2
    assert "autoplay" not in form.text
    assert "; media-src 'self'" in form.headers["Content-Security-Policy"]
    assert client.get(address).data == mp3()


def test_form_is_as_it_was_where_nothing_is_recorded(browser, session, client):
    before = client.get(FORM)
    put(browser)
    (recording,) = recordings(session)
    public_id = recording.public_id
    with_one = client.get(FORM)
    browser.post(f"{LIST}/retirer", {"recording": public_id})
    after = client.get(FORM)

    assert "<audio" not in before.text
    assert "media-src" not in before.headers["Content-Security-Policy"]
    assert with_one.text != before.text
    assert key_free(after.text) == key_free(before.text)
    assert after.headers["Content-Security-Policy"] == before.headers["Content-Security-Policy"]
    assert recordings(session) == []
    assert client.get(f"/enregistrements/{public_id}.mp3").status_code == 404


def key_free(text):
    start, _name, rest = text.partition('name="submission_key" value="')
    return start + rest.partition('"')[2]


def test_blank_form_asks_the_database_no_more_than_before(browser, client, session):
    client.get(FORM)
    with selects() as statements:
        client.get(FORM)
    usual = len(statements)
    put(browser)
    client.get(FORM)
    with selects() as statements:
        client.get(FORM)

    assert len(statements) == usual


def test_filled_form_asks_once_more_for_what_can_be_played(browser, client, session):
    def count_of():
        with selects() as statements:
            page = client.get(f"{FORM}?q=1")
        assert page.status_code == 200
        return len(statements), "<audio" in page.text

    count_of()
    without, has_none = count_of()
    put(browser)
    with_one, has_one = count_of()

    assert (has_none, has_one) == (False, True)
    assert with_one == without + 1


def test_each_language_plays_its_own_recording_only(browser, session, client):
    put(browser)
    assert "<audio" not in client.get(f"/en{FORM}").text

    put(browser, f"{LIST}/en/question/stance", opus(), "voice.opus")
    french, english = recordings(session)

    page = client.get(f"/en{FORM}").text
    assert f'src="/en/enregistrements/{english.public_id}.opus"' in page
    assert french.public_id not in page
    assert english.public_id not in client.get(FORM).text
    answer = client.get(f"/en/enregistrements/{english.public_id}.opus")
    assert (answer.status_code, answer.mimetype) == (200, "audio/ogg")


def test_changed_text_is_played_no_more_and_the_team_is_told(browser, session, client, round_):
    put(browser)
    with writing(session()):
        store.change(
            session, round_, lambda it: changed(it, "stance", label={"fr": "Un mot ?"}), now()
        )
    assert "<audio" in client.get(FORM).text  # its form still has the text that was read

    page = visible_text(browser.get(LIST))
    with writing(session()):
        publish.publish_outline(session, session.merge(round_), now())

    assert "1 texte a changé depuis son enregistrement" in page
    assert "<audio" not in client.get(FORM).text
    text = browser.get(STANCE)
    assert "L'enregistrement dit l'ancien texte" in visible_text(text).replace("’", "'")
    put(browser, content=mp3(90))
    assert len(recordings(session)) == 2
    assert "<audio" in client.get(FORM).text


def test_indicator_and_introductions_are_played_at_their_place(browser, session, client, round_):
    put(browser, f"{LIST}/fr/indicateur/T7.1")
    section = next(
        it for it in store.working(session, round_).sections if it.intro and it.is_for("T7")
    )
    put(browser, f"{LIST}/fr/rubrique/{section.code}")

    form = client.get(FORM).text

    indicator, *_others = recordings(session)
    title = form.index("Places réservées (T7.1)</h2>")
    assert title < form.index(indicator.public_id) < form.index("Places réservées (T7.2)</h2>")
    assert 'Écouter<span class="hidden">\xa0: introduction, Vous' in form


@pytest.mark.parametrize(
    ("slug", "page", "heading"),
    [("home_lead", "/", "</h1>"), ("notice", "/donnees-personnelles", "</h1>")],
)
def test_texts_of_the_round_are_played_on_their_pages(
    browser, session, client, slug, page, heading
):
    before = client.get(page)
    put(browser, f"{LIST}/fr/texte/{slug}")

    after = client.get(page)

    (recording,) = recordings(session)
    assert "<audio" not in before.text
    assert recording.public_id in after.text.split(heading)[1]
    assert "; media-src 'self'" in after.headers["Content-Security-Policy"]
    assert recording.public_id not in client.get(f"/en{page}").text


def test_recording_says_nothing_of_another_version_of_a_text(browser, session, client, round_):
    put(browser, f"{LIST}/fr/texte/home_lead")
    actor = organiser_of(session, "nour@association.fr")
    with writing(session()):
        text = TextInForce(RoundTextKind.HOME_LEAD, {"fr": "Dites ce qu'il faut changer."})
        texts.write(Work(session(), actor, now()), session.merge(round_), text)

    assert "<audio" not in client.get("/").text


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<!doctype html><script>alert(1)</script>", "voix.mp3", "ni du MP3 ni de l'Opus"),
        (mp3()[:-9], "voix.mp3", "coupé ou abîmé"),
        (mp3() + b"<script>", "voix.mp3", "autre chose que du son"),
        (mp3(26_000), "voix.mp3", "dépasse 10 Mo"),
        (b"", "voix.mp3", "Choisissez d'abord le fichier"),
    ],
)
def test_what_is_no_sound_is_refused_at_its_field(browser, session, content, name, sentence):
    page = put(browser, content=content, name=name)

    assert page.status_code in (413, 422)
    error = page.text.split('id="file-error"')[1].split("</p>")[0].replace("’", "'")
    assert sentence in error.replace("\u202f", " ").replace("\xa0", " ")
    assert recordings(session) == []


def test_file_above_the_limit_of_bodies_is_refused_at_its_field(browser, session):
    page = put(browser, content=bytes(11 * 1024 * 1024))

    assert page.status_code == 413
    assert "10" in page.text.split('id="file-error"')[1].split("</p>")[0]
    assert recordings(session) == []


def test_agreement_of_who_reads_is_required(browser, session):
    page = put(browser, agrees="")

    assert page.status_code == 422
    assert "Demandez d" in page.text.split('id="agrees-error"')[1].split("</p>")[0]
    assert "de nouveau" in page.text.split('id="file-error"')[1].split("</p>")[0]
    assert recordings(session) == []


def test_of_two_people_the_second_sees_what_the_first_has_put(browser, session):
    opened = browser.get(STANCE)
    put(browser, opened=opened)

    late = put(browser, content=mp3(90), opened=opened)

    assert late.status_code == 409
    assert "lou@association.fr" in late.text
    (recording,) = recordings(session)
    assert recording.content == mp3()
    put(browser, content=mp3(90), opened=late)
    (recording,) = recordings(session)
    assert recording.content == mp3(90)


def test_text_that_changed_while_somebody_read_it_is_stale(browser, session, round_):
    opened = browser.get(STANCE)
    with writing(session()):
        store.change(
            session, round_, lambda it: changed(it, "stance", label={"fr": "Un mot ?"}), now()
        )

    page = put(browser, opened=opened)

    assert page.status_code == 409
    assert "Un mot ?" in visible_text(page).replace("\u202f", " ").replace("\xa0", " ")
    assert recordings(session) == []


def test_audit_log_names_who_put_and_removed_a_voice(browser, session):
    put(browser)
    put(browser, content=mp3(90))
    (recording,) = recordings(session)
    browser.post(f"{LIST}/retirer", {"recording": recording.public_id})
    browser.post(f"{LIST}/retirer", {"recording": recording.public_id})  # gone already

    session.rollback()
    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action.like("recording_%")).order_by(AuditEvent.id)
    ).all()
    assert [it.action for it in events] == [
        "recording_added",
        "recording_replaced",
        "recording_removed",
    ]
    assert {it.subject for it in events} == {"stance"}
    assert events[0].details == {"kind": "question", "locale": "fr", "bytes": len(mp3())}
    assert all(it.account_id for it in events)


def test_list_tells_what_can_be_heard_and_what_it_weighs(browser, session):
    put(browser, content=mp3(2000))

    page = browser.get(LIST)

    said = visible_text(page).replace("\u202f", " ").replace("\xa0", " ")
    assert "1 texte s'écoute en français" in said
    assert "ajoutent 815 Ko à la sauvegarde" in said
    assert "MP3, 52 s, 815 Ko" in said
    assert "; media-src 'self'" in page.headers["Content-Security-Policy"]
    recorded = visible_text(browser.get(f"{LIST}?etat=avec"))
    assert "Aucun" not in recorded.split("Ensuite")[1]


def test_recording_of_what_the_round_has_no_more_can_be_removed(browser, session, round_):
    put(browser)
    session.execute(sa.update(Recording).values(code="gone"))
    session.commit()

    page = browser.get(LIST)
    (recording,) = recordings(session)

    assert "Enregistrements d" in page.text
    browser.post(f"{LIST}/retirer", {"recording": recording.public_id})
    assert recordings(session) == []


def test_languages_are_those_of_the_round_and_of_what_is_recorded(browser, session, round_):
    page = f"{LIST}/en/question/stance"
    assert "langue=en" in browser.get(LIST).text
    put(browser, page)
    round_.languages = []
    session.commit()

    recorded = browser.get(LIST).text
    browser.post(f"{LIST}/retirer", {"recording": recordings(session)[0].public_id})

    assert "langue=en" in recorded
    assert "langue=en" not in browser.get(LIST).text
    assert browser.get(page).status_code == 404


@pytest.mark.parametrize("path", [f"{LIST}/fr/question/nothing", f"{LIST}/xx/question/stance"])
def test_text_that_is_not_there_has_no_page(browser, path):
    assert browser.get(path).status_code == 404


def test_player_gets_the_bytes_that_it_asks_for(browser, session, client):
    put(browser)
    (recording,) = recordings(session)
    address = f"/enregistrements/{recording.public_id}.mp3"

    whole = client.get(address)
    part = client.get(address, headers={"Range": "bytes=10-19"})
    kept = client.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    beyond = client.get(address, headers={"Range": "bytes=99999999-"})

    assert (whole.status_code, whole.mimetype) == (200, "audio/mpeg")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-cache"
    assert whole.headers["Content-Security-Policy"].startswith("sandbox")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in whole.headers
    assert (part.status_code, part.data) == (206, mp3()[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(mp3())}"
    assert (kept.status_code, kept.data) == (304, b"")
    assert beyond.status_code == 416
    for wrong in ("opus", "html"):
        assert client.get(address.replace("mp3", wrong)).status_code == 404


def test_preview_plays_what_the_form_will(browser, session):
    put(browser)

    page = browser.get("/organisation/tours/tour-1/apercu/T7")

    assert "<audio" in page.text
    assert "; media-src 'self'" in page.headers["Content-Security-Policy"]
