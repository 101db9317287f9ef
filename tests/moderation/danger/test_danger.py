"""Danger: what goes first, alerts of texts and mails, whom to call, the note that closes."""

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import IntegrityError

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.inbox.models import IncomingMessage, State
from consultation.jobs import worker
from consultation.mail import rendering
from consultation.mail.delivery import loop
from consultation.mail.models import OutboxMessage
from consultation.moderation import screening as moderation_screening
from consultation.moderation.danger import alerts as danger_alerts
from consultation.moderation.danger import screening
from consultation.moderation.models import DangerAlert, DangerWord, ModeratedText, TextState
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.inbox.builders import bring_in_one
from tests.moderation.builders import (
    actions,
    fresh,
    make_actor,
    make_text,
    page_of,
    phone_text,
    plain,
    stored,
)
from tests.plan.forms import kept_texts

CRY = "Je suis en danger, aidez-moi."
POLICY = "Il faut compter les places pour les victimes en danger."
REFERENT = "referente@exemple.fr"
NAMED = {"DANGER_REFERENT_NAME": "Dominique Roy", "DANGER_REFERENT_PHONE": "01 02 03 04 05"}


def arrive(session, opened, *texts):
    """Texts that came in and that the worker has screened, in that order."""
    session.rollback()
    for text in texts:
        respond(session, opened, "T7", {"suggestions": text}, consent_anonymous=True)
    session.commit()
    moderation_screening.screen_due(session)
    return [
        next(row for row in stored(session, ModeratedText) if row.answer.text == text)
        for text in texts
    ]


def mail(session, app, text=CRY, subject="Bonjour"):
    """A mail that came in and that the worker has read."""
    message = bring_in_one(session, app, text=text, subject=subject)
    screening.screen_due(session)
    session.commit()
    return message.public_id


def mail_page(public_id, action=""):
    return f"/organisation/courrier/{public_id}{action}"


def note(alert, text="Le 17 est appelé."):
    return f"/moderation/alertes/{alert.public_id}/fermer", {"note": text}


@pytest.fixture
def sign_in(sign_in):
    """Return the browser of somebody of the staff who has a page open, and so may post."""

    def signed_in(*roles, **values):
        browser = sign_in(*roles, **values)
        browser.get("/organisation/")
        return browser

    return signed_in


@pytest.fixture
def moderator(sign_in):
    return sign_in()


@pytest.fixture
def reachable(app):
    """A site that can send mails, with somebody who is told."""
    app.config.update(NAMED, DANGER_REFERENT=REFERENT, MAIL_SERVER="smtp.exemple.fr")


def test_text_with_danger_words_comes_first_marked_in_the_queue(session, opened, moderator):
    *_, marked = arrive(session, opened, POLICY, "Garder l'indicateur.", CRY)

    page = plain(moderator.get("/moderation"))
    given = moderator.get("/moderation/suivant")

    assert marked.has_danger_words
    assert marked.is_flagged
    assert page.count("danger possible") == 1
    assert page.index("aidez-moi") < page.index("places pour") < page.index("Garder")
    assert marked.public_id in given.location


def test_text_with_danger_words_comes_first_newest_first_as_well(session, opened, moderator):
    marked, *_ = arrive(session, opened, CRY, POLICY, "Garder l'indicateur.")

    page = plain(moderator.get("/moderation?tri=recents"))

    assert page.index("aidez-moi") < page.index("Garder") < page.index("places pour")
    given = moderator.get("/moderation/suivant?tri=recents").location
    assert marked.public_id in given
    assert given.endswith("tri=recents")
    assert moderator.get("/moderation/suivant?ordre=recents").location == given


def test_text_with_danger_words_that_came_meanwhile_is_given_before_the_queue_goes_on(
    session, opened, moderator
):
    first, second = arrive(session, opened, "Garder l'indicateur.", POLICY)
    moderator.get(page_of(first))
    (marked,) = arrive(session, opened, CRY)

    given = moderator.get(f"/moderation/suivant?apres={first.public_id}")
    skipped = moderator.get(f"/moderation/suivant?apres={marked.public_id}")
    after = moderator.get(f"/moderation/suivant?apres={second.public_id}")

    assert marked.public_id in given.location
    assert first.public_id in skipped.location
    assert marked.public_id not in after.location


def test_pages_of_the_queue_show_each_text_once_with_danger_first(
    session, opened, moderator, monkeypatch
):
    monkeypatch.setattr("consultation.moderation.queue.PAGE_LENGTH", 2)
    texts = ["Un.", CRY, "Deux.", "Je vais me suicider.", "Trois."]
    arrive(session, opened, *texts)
    displayed, place = [], "/moderation"

    while place:
        page = moderator.get(place)
        content = plain(page)
        displayed += sorted((text for text in texts if text in content), key=content.index)
        last = page.text.partition('rel="next" href="')[2].partition('"')[0]
        place = last.replace("&amp;", "&")

    assert displayed == [CRY, "Je vais me suicider.", "Un.", "Deux.", "Trois."]


def test_queue_is_narrowed_to_danger_words(session, opened, moderator):
    arrive(session, opened, CRY, "Garder l'indicateur.")

    page = plain(moderator.get("/moderation?signe=danger"))

    assert "aidez-moi" in page
    assert "Garder l'indicateur" not in page


def test_text_page_shows_the_danger_words_and_the_red_button_before_the_text(
    session, opened, moderator
):
    (marked,) = arrive(session, opened, CRY)

    page = moderator.get(page_of(marked))

    content = plain(page)
    assert "Une machine a vu dans ce texte : « je suis en danger »" in content
    assert content.index("Signaler une personne en danger") < content.index("Texte d'origine")
    assert "button red" in page.text


def test_mail_with_danger_words_comes_first_marked_in_its_list(session, app, opened, moderator):
    mail(session, app, CRY, "Un appel")
    mail(session, app, "Garder l'indicateur.", "Une idée")

    page = plain(moderator.get("/organisation/courrier"))
    news = plain(moderator.get("/organisation/"))

    assert page.index("Un appel") < page.index("Une idée")
    assert page.count("danger possible") == 1
    assert "2 courriels à lire, dont 1 à lire d'abord (danger possible)" in news


def test_mail_with_danger_words_in_its_subject_alone_is_marked(session, app, opened, moderator):
    public_id = mail(session, app, "Rien.", "Aidez-moi, je suis séquestrée")

    page = plain(moderator.get(mail_page(public_id)))

    assert "Une machine a vu dans ce courriel : « aidez moi »" in page


def test_words_that_a_mail_quotes_do_not_mark_it(session, app, opened):
    quoted = f"Le mar. 3 mai 2026 à 10:12, Jeanne <j@exemple.fr> a écrit :\n> {CRY}\n"

    mail(session, app, f"Merci, bien reçu.\n\n{quoted}")

    assert [message.has_danger_words for message in stored(session, IncomingMessage)] == [False]


def test_alert_of_a_text_is_mailed_once_without_the_text(reachable, session, opened, moderator):
    text = phone_text(session, opened)

    for _ in range(2):
        moderator.post(page_of(text, "/danger"))
    page = plain(moderator.get(page_of(text)))

    message = stored(session, OutboxMessage)[0]
    assert (message.kind, message.recipient) == ("danger", REFERENT)
    assert message.parameters.count(text.public_id) == 1
    assert "Aïcha" not in message.parameters
    assert "Alerte ouverte par Camille" in page
    assert len(stored(session, DangerAlert)) == 1
    assert actions(session).count("danger_raised") == 1
    assert "alerte : personne en danger" in plain(moderator.get("/moderation"))


def test_alert_of_a_mail_is_mailed_once_without_the_text(reachable, session, app, opened, sign_in):
    organiser = sign_in(Role.ORGANISER)
    public_id = mail(session, app)

    for _ in range(2):
        organiser.post(mail_page(public_id, "/danger"))
    page = plain(organiser.get(mail_page(public_id)))

    (message,) = stored(session, OutboxMessage)
    (alert,) = stored(session, DangerAlert)
    assert (message.kind, message.recipient) == ("danger", REFERENT)
    assert "aidez" not in message.parameters
    assert (alert.answer_id, alert.message.public_id) == (None, public_id)
    assert actions(session).count("message_danger_raised") == 1
    assert "Alerte ouverte par Camille" in page
    assert "alerte : personne en danger" in plain(organiser.get("/organisation/courrier"))


def test_reason_that_somebody_is_in_danger_opens_the_alert(
    reachable, session, app, opened, moderator
):
    public_id = mail(session, app)

    page = moderator.post(
        mail_page(public_id, "/ecarter"),
        {"etat": "waiting", "raison": "sensitive"},
        follow_redirects=True,
    )

    (alert,) = stored(session, DangerAlert)
    (message,) = stored(session, OutboxMessage)
    assert (alert.message.public_id, alert.message.state) == (public_id, State.SET_ASIDE)
    assert message.kind == "danger"
    assert "L'alerte est ouverte" in plain(page)


def test_reason_that_is_refused_opens_no_alert(reachable, session, app, opened, moderator):
    public_id = mail(session, app)

    late = moderator.post(
        mail_page(public_id, "/ecarter"), {"etat": "asked", "raison": "sensitive"}
    )

    assert late.status_code == 409
    assert stored(session, DangerAlert) == []
    assert stored(session, OutboxMessage) == []


@pytest.mark.parametrize(
    ("values", "called"),
    [
        ({}, "Téléphonez au 17 ou au 112 ; pour un enfant, au 119."),
        (NAMED, "Téléphonez à Dominique Roy, au 01 02 03 04 05."),
        ({"DANGER_REFERENT_NAME": "Dominique Roy"}, "Prévenez Dominique Roy."),
        ({"DANGER_REFERENT_PHONE": "3919"}, "Téléphonez à la personne référente, au 3919."),
    ],
)
@pytest.mark.parametrize("server", ["", "smtp.exemple.fr"])
def test_pages_say_whom_to_call_before_and_after_the_alert(
    app, session, opened, moderator, values, called, server
):
    app.config.update(values, DANGER_REFERENT=REFERENT, MAIL_SERVER=server)
    text, public_id = make_text(session, opened), mail(session, app)

    pages = [moderator.get(page_of(text)), moderator.get(mail_page(public_id))]
    pages += [
        moderator.post(page_of(text, "/danger"), follow_redirects=True),
        moderator.post(mail_page(public_id, "/danger"), follow_redirects=True),
    ]

    assert [called in plain(page) for page in pages] == [True] * 4


@pytest.mark.every_case
@pytest.mark.parametrize("values", [{}, {"DANGER_REFERENT": REFERENT}])
def test_alert_that_no_mail_can_leave_for_says_that_it_is_kept_here_and_never_that_it_left(
    app, session, opened, moderator, values
):
    app.config.update(values, MAIL_SERVER="")
    text = make_text(session, opened)

    before = plain(moderator.get(page_of(text)))
    raised = plain(moderator.post(page_of(text, "/danger"), follow_redirects=True))

    for page in (before, raised):
        assert "L'alerte est gardée sur cette machine, aucun courriel ne part" in page
        assert "parti" not in page.replace("partie", "").replace("partir", "")
        assert "et la personne référente, par un courriel" not in page
    assert len(stored(session, DangerAlert)) == 1
    assert len(stored(session, OutboxMessage)) == len(values)


def test_band_tells_every_page_of_the_staff_of_an_open_alert_and_leads_moderators_alone(
    app, session, opened, sign_in
):
    app.config.update(NAMED)
    moderator = sign_in()
    organiser = sign_in(Role.ORGANISER, name="dominique")
    administrator = sign_in(Role.ADMINISTRATOR, name="andrea")
    text = make_text(session, opened)
    before = plain(organiser.get("/organisation/"))

    moderator.post(page_of(text, "/danger"))

    assert "peut-être en danger" not in before
    for browser, place in (
        (organiser, "/organisation/"),
        (organiser, "/organisation/courrier"),
        (administrator, "/administration/comptes"),
        (administrator, "/organisation/mon-compte"),
        (moderator, "/moderation"),
    ):
        page = browser.get(place)
        assert "Une personne est peut-être en danger : 1 alerte ouverte" in plain(page), place
        assert "Téléphonez à Dominique Roy" in plain(page)
        assert ("/moderation/alertes" in page.text) == (browser is moderator)
        assert text.public_id not in page.text or browser is moderator
    assert "peut-être en danger" not in plain(app.test_client().get("/mesures"))


def test_band_is_a_line_to_unfold_on_the_page_of_one_text(session, opened, moderator):
    text = make_text(session, opened)
    other = make_text(session, opened, "Un autre texte.", measure="T4")
    moderator.post(page_of(other, "/danger"))

    page = moderator.get(page_of(text)).text

    band = page[page.index('<details class="notice danger">') :]
    assert "Une personne est peut-être en danger" in band[: band.index("</summary>")]
    assert "Voir l’alerte" in band[band.index("</summary>") : band.index("</details>")]
    assert '<div class="notice danger" role="alert">' in moderator.get("/moderation").text


def test_alert_is_closed_by_a_note_alone_and_the_band_goes(session, opened, moderator):
    text = make_text(session, opened)
    moderator.post(page_of(text, "/danger"))
    (alert,) = stored(session, DangerAlert)
    place, values = note(alert)

    blank = moderator.post(place, values | {"note": " \n "})
    long = moderator.post(place, values | {"note": "a" * 1001})
    still = plain(moderator.get("/organisation/"))
    moderator.post(place, values)
    gone = plain(moderator.get("/organisation/"))
    again = moderator.post(place, {"note": "Une autre note."})
    late = moderator.post(place, {"note": ""})

    (alert,) = stored(session, DangerAlert)
    assert [page.status_code for page in (blank, long, again, late)] == [400, 400, 409, 409]
    assert (kept_texts(again), kept_texts(late)) == (["Une autre note."], [])
    assert "signalez de nouveau la personne" in plain(again)
    assert "a" * 1001 in long.text
    assert "dépasse de 1 caractère" in plain(long)
    assert "1 alerte ouverte" in still
    assert "alerte ouverte" not in gone
    assert alert.note == "Le 17 est appelé."
    assert actions(session).count("danger_closed") == 1
    assert "Le 17 est appelé." in plain(moderator.get("/moderation/alertes"))
    assert "Le 17 est appelé." in plain(moderator.get(page_of(text)))


def test_note_of_an_alert_is_stored_encrypted_and_stands_in_no_audit_event(
    session, opened, moderator
):
    text = make_text(session, opened)
    moderator.post(page_of(text, "/danger"))
    place, values = note(stored(session, DangerAlert)[0])

    moderator.post(place, values)

    session.rollback()
    raw = session.execute(sa.text("SELECT note FROM danger_alert")).scalar_one()
    assert b"appel" not in bytes(raw)
    assert all("appel" not in str(event.details) for event in stored(session, AuditEvent))


def test_alert_that_was_closed_can_be_followed_by_another(reachable, session, opened, moderator):
    text = make_text(session, opened)
    moderator.post(page_of(text, "/danger"))
    place, values = note(stored(session, DangerAlert)[0])
    moderator.post(place, values | {"retour": "texte"})

    moderator.post(page_of(text, "/danger"))

    assert [alert.closed_at is None for alert in in_order(session)] == [False, True]
    assert len(stored(session, OutboxMessage)) == 2


def test_alert_of_a_mail_is_closed_from_its_page(session, app, opened, sign_in):
    organiser = sign_in(Role.ORGANISER)
    public_id = mail(session, app)
    none = organiser.post(mail_page(public_id, "/danger/fermer"), {"note": "Rien."})
    organiser.post(mail_page(public_id, "/danger"))

    blank = organiser.post(mail_page(public_id, "/danger/fermer"), {"note": ""})
    organiser.post(mail_page(public_id, "/danger/fermer"), {"note": "Le 119 est appelé."})
    page = plain(organiser.get(mail_page(public_id)))
    again = organiser.post(mail_page(public_id, "/danger/fermer"), {"note": "Encore."})

    late = organiser.post(mail_page(public_id, "/danger/fermer"), {"note": ""})
    assert (none.status_code, blank.status_code, again.status_code) == (404, 400, 409)
    assert late.status_code == 409
    assert (kept_texts(again), kept_texts(late)) == (["Encore."], [])
    assert "« Le 119 est appelé. »" in page
    assert actions(session).count("message_danger_closed") == 1


def test_alert_of_a_text_is_not_closed_by_who_may_not_read_it(session, opened):
    moderator = make_actor(session)
    organiser = make_actor(session, "dominique", Role.ORGANISER)
    text = make_text(session, opened)
    referent = danger_alerts.Referent("", "", "", can_mail_leave=False)
    with writing(session):
        alert = danger_alerts.raise_for_text(
            Work(session, moderator, now()), text.public_id, referent
        )

    with pytest.raises(NotAllowed), writing(session):
        danger_alerts.close(Work(session, organiser, now()), alert.public_id, "Fait.")
    with pytest.raises(NotAllowed), writing(session):
        danger_alerts.raise_for_text(Work(session, organiser, now()), text.public_id, referent)
    with pytest.raises(NotAllowed):
        danger_alerts.alerts(Work(session, organiser), is_open=True)


@pytest.mark.parametrize("sources", ["none", "both"])
def test_database_refuses_an_alert_of_nothing_and_of_two(session, app, opened, sources):
    actor = make_actor(session)
    text = make_text(session, opened)
    mail(session, app)
    (message,) = stored(session, IncomingMessage)
    values = {"answer_id": text.answer_id, "message_id": message.id} if sources == "both" else {}

    with pytest.raises(IntegrityError), writing(session):
        session.add(DangerAlert(account_id=actor.id, raised_at=now(), **values))


def test_words_that_the_staff_add_mark_what_came_in_before_and_their_removal_unmarks_it(
    session, app, opened, moderator
):
    text = make_text(session, opened, "Le camion blanc est revenu.")
    mail(session, app, "Un Camion  BLANC passe.")
    screening.screen_due(session)
    before = [fresh(session, text).has_danger_words, *marks(session)]

    moderator.post("/moderation/mots-de-danger", {"mots": "Câmion blanc"})
    session.rollback()
    screening.screen_due(session)
    during = [fresh(session, text).has_danger_words, *marks(session)]
    page = plain(moderator.get("/moderation/mots-de-danger"))
    (word,) = stored(session, DangerWord)
    moderator.post(f"/moderation/mots-de-danger/{word.public_id}/retirer")
    session.rollback()
    screening.screen_due(session)

    assert before == [False, False]
    assert during == [True, True]
    assert [fresh(session, text).has_danger_words, *marks(session)] == [False, False]
    assert "camion blanc" in page
    assert {"danger_word_added", "danger_word_removed"} <= {*actions(session)}


def marks(session):
    return [message.has_danger_words for message in stored(session, IncomingMessage)]


@pytest.mark.parametrize("content", ["", " ! ", "mot " * 40])
def test_words_that_cannot_be_added_are_refused_with_what_to_do(session, moderator, content):
    page = moderator.post("/moderation/mots-de-danger", {"mots": content})

    assert page.status_code == 400
    assert "Erreur : " in plain(page)
    assert stored(session, DangerWord) == []


def test_words_added_twice_stand_once_and_the_page_escapes_them(session, moderator):
    for _ in range(2):
        moderator.post("/moderation/mots-de-danger", {"mots": "<b>camion</b>"})

    assert [word.phrase for word in stored(session, DangerWord)] == ["b camion b"]


def test_texts_of_before_are_marked_whatever_was_decided_and_stay_as_decided(session, opened):
    decided = make_text(session, opened, CRY)
    waiting = make_text(session, opened, f"{CRY} Vite.")
    with writing(session):
        fresh(session, decided).state = TextState.PUBLISHED

    count = screening.screen_due(session)

    assert count >= 2
    assert screening.screen_due(session) == 0
    decided, waiting = fresh(session, decided), fresh(session, waiting)
    assert (decided.has_danger_words, decided.is_flagged, decided.state) == (
        True, False, TextState.PUBLISHED,
    )  # fmt: skip
    assert (waiting.has_danger_words, waiting.is_flagged) == (True, True)


def test_texts_are_marked_batch_by_batch(session, opened, monkeypatch):
    monkeypatch.setattr(screening, "BATCH", 2)
    texts = [make_text(session, opened, f"{CRY} {number}") for number in range(5)]

    screening.screen_due(session, at_most=2)
    some = sum(fresh(session, text).has_danger_words for text in texts)
    screening.screen_due(session)

    assert some == 2
    assert all(fresh(session, text).has_danger_words for text in texts)


def test_worker_marks_what_came_in(app):
    assert "danger" in {task.name for task in worker._tasks.values()}


def test_erased_texts_and_mails_lose_their_mark_and_the_note_of_their_alert(
    session, app, opened, moderator
):
    text, public_id = make_text(session, opened, CRY), mail(session, app)
    screening.screen_due(session)
    moderator.post(page_of(text, "/danger"))
    moderator.post(mail_page(public_id, "/danger"))
    for alert in stored(session, DangerAlert):
        place, values = note(alert)
        moderator.post(place, values)
    with writing(session):
        fresh(session, text).answer.text = ERASED_TEXT
        for message in session.scalars(sa.select(IncomingMessage)):
            message.original = message.kept = message.subject = None

    screening._turn(app.config, session)

    assert [alert.note for alert in stored(session, DangerAlert)] == [None, None]
    page = plain(moderator.get("/moderation/alertes"))
    assert page.count("note effacée avec le texte") == 2


def test_screening_reads_a_text_once_more_when_the_list_changed_between(session, opened):
    (text,) = arrive(session, opened, CRY)

    assert fresh(session, text).danger_words_by == screening.word_list(session).version
    assert moderation_screening.screen_due(session) == 0


def test_mail_of_an_alert_reads_so_for_a_text_and_for_a_mail(app):
    notices = [
        danger_alerts.DangerNotice("ABC", "A1B2-C3D4", "2026-11-24T08:00:00+00:00"),
        danger_alerts.DangerNotice("DEF", "", "2026-11-24T08:00:00+00:00", is_mail=True),
        danger_alerts.DangerNotice("GHI", "E5F6", "2026-11-24T08:00:00+00:00", is_by_phrases=True),
    ]

    letters = [rendering.render(danger_alerts.KIND, "fr", [it], REFERENT) for it in notices]

    assert [it.subject for it in letters] == ["Une personne est peut-être en danger"] * 3
    assert "/moderation/textes/ABC\n" in letters[0].text
    assert "A1B2-C3D4" in letters[0].text
    assert "/organisation/courrier/DEF\n" in letters[1].text
    assert "Contribution" not in letters[1].text
    assert "courriel reçu" in letters[1].text
    assert "que personne n’a encore relue, font craindre\nqu’une personne" in letters[2].text
    assert "\n\n\n" not in letters[0].text + letters[1].text


def in_order(session):
    return sorted(stored(session, DangerAlert), key=lambda alert: alert.id)


def test_migration_keeps_the_alerts_of_texts_both_ways_and_drops_those_of_mails_on_the_way_down(
    session, app, opened, database_url
):
    actor = make_actor(session)
    texts = [make_text(session, opened) for _ in range(2)]
    public_id = mail(session, app)
    referent = danger_alerts.Referent("", "", "", can_mail_leave=False)
    with writing(session):
        first, _second = (
            danger_alerts.raise_for_text(Work(session, actor, now()), text.public_id, referent)
            for text in texts
        )
        danger_alerts.raise_for_message(Work(session, actor, now()), public_id, referent)
        danger_alerts.close(Work(session, actor, now()), first.public_id, "Fait.")
        screening.add(Work(session, actor, now()), "camion blanc")
    raised = [alert.raised_at for alert in in_order(session)][:2]
    answer_ids = [text.answer_id for text in texts]
    names = [text.public_id for text in texts]
    account_id = actor.id
    session.remove()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)

    command.downgrade(upgrade.config_for(engine), "0024")
    with engine.connect() as connection:
        below = connection.exec_driver_sql("SELECT count(*) FROM danger_alert").scalar_one()
    upgrade.upgrade(engine)

    assert below == 2
    alerts = in_order(session)
    assert [alert.answer_id for alert in alerts] == answer_ids
    assert [alert.raised_at for alert in alerts] == raised
    assert [alert.public_id for alert in alerts] == names
    assert [alert.closed_at for alert in alerts] == [None, None]
    with pytest.raises(IntegrityError), writing(session):
        session.add(DangerAlert(account_id=account_id, raised_at=now(), answer_id=answer_ids[1]))


def test_alert_says_how_its_mail_stands_and_never_that_a_kept_one_left(
    reachable, app, session, opened, moderator
):
    text = make_text(session, opened)
    moderator.post(page_of(text, "/danger"))
    due = [plain(moderator.get(place)) for place in (page_of(text), "/moderation/alertes")]

    app.config["MAIL_SERVER"] = ""
    loop.deliver(session, app.config)
    session.rollback()
    kept = [plain(moderator.get(place)) for place in (page_of(text), "/moderation/alertes")]

    for page in due:
        assert "Courriel à la personne référente : en attente." in page
    for page in kept:
        assert "Courriel à la personne référente : gardé sur cette machine." in page
        assert "référente : parti" not in page
