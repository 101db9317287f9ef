"""Audit log: pages, export, a label for every action, and no action missing."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from consultation.accounts.audit import audit_log, labels, queries
from consultation.accounts.audit.queries import Filters
from consultation.accounts.invitations import invitation_token
from consultation.accounts.models import Account, AccountInvitation, AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.documents import jobs as document_jobs
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.exports.orders import jobs as export_jobs
from consultation.exports.orders.order import Order
from consultation.inbox.models import IncomingMessage
from consultation.invitations.models import Invitee
from consultation.jobs import queue
from consultation.mail import outbox_actions
from consultation.mail.addresses import indexes_of
from consultation.mail.delivery import loop
from consultation.mail.models import OutboxMessage, Suppression, SuppressionReason
from consultation.mail.outbox_actions import KIND as TRIAL
from consultation.moderation.danger import screening
from consultation.moderation.models import ModeratedText, TextCluster
from consultation.operations import reports
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import NotAllowed
from consultation.web.typography import day, moment
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.accounts.recorded import PACKAGE, places_that_bypass, recorded_actions
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.exports.builders import respond
from tests.factories import make_measure, make_round, screen_all
from tests.inbox.builders import bring_in_one
from tests.institutions.data_requests.builders import make_request as make_data_request
from tests.institutions.replies.builders import make_request as make_reply_request
from tests.invitations.builders import (
    OUTSIDER,
    Browser,
    make_group,
    make_invitee,
    make_mailing,
    text_of,
)
from tests.pages import straight
from tests.reports.builders import make_report
from tests.statements import selects

AUDIT_LOG = "/administration/journal"
AT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
EMAIL = "ada@exemple.fr"
GIVES_OUT = {
    "accounts/audit/views.py": {"trail_exported"},
    "documents/staff_views.py": {"document_ordered"},
    "exports/orders/views.py": {"export_downloaded"},
    "inbox/views.py": {"attachment_downloaded"},
    "invitations/contacts/import_views.py": set(),  # the file to fill in, which is empty
    "plan/import_views.py": {"plan_exported"},
    "plan/statuses/import_views.py": {"statuses_exported"},
    "plan/values/import_views.py": {"values_exported"},
    "questionnaires/workbook/views.py": {"questionnaire_exported"},
    "readings/public_views.py": set(),  # the logo of easy texts, which is public
    "recordings/public_views.py": set(),  # what visitors play
    "translators/views.py": {"translations_exported"},
    "spreadsheets/import_flow.py": set(),  # the file just sent, with its errors marked
}
"""The modules of views that give out files, and what each of them notes."""


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "BASE_URL": "http://localhost:8000"}


@pytest.fixture
def account_id(session):
    return make_account(session, EMAIL, *Role)


@pytest.fixture
def visitor(app, account_id):
    """Somebody who has every role, the administrator's among them."""
    visitor = Browser(app)
    visitor.sign_in(EMAIL)
    return visitor


def note(session, account_id, action, subject=None, details=None, at=AT):
    event = audit_log.record(session, account_id, action, subject, details, at=at)
    session.commit()
    return event


def rows_of(text):
    table = re.search(r'<table class="journal">.*?</table>', text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL)[1:] if table else []
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def noted(session):
    """The actions of the trail, the oldest first."""
    session.rollback()
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def last_event(session):
    return session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()


def test_each_row_says_when_who_and_what_in_words(session, visitor, account_id):
    note(session, account_id, "contacts_imported", "AbC123", {"added": 3, "updated": 1})
    note(session, None, "sign_in_failed")
    note(session, account_id, "account_disabled", str(account_id))
    note(session, account_id, "text_masked", "t-1", {"passages": 2, "reason": "open_case"})

    rows = rows_of(text_of(visitor.get(f"{AUDIT_LOG}?au=2026-11-20")))

    when = "20 novembre 2026 à 23 h 30 min 00 s"
    assert rows == [
        [
            when,
            EMAIL,
            "Passages masqués",
            "texte t-1",
            "passages : 2 raison : parle d'une affaire en cours",
        ],
        [when, EMAIL, "Accès fermé", f"compte {EMAIL}", "–"],
        [when, "une personne sans compte", "Connexion refusée", "–", "–"],
        [when, EMAIL, "Contacts importés", "groupe AbC123", "ajoutés : 3 mis à jour : 1"],
    ]


def test_rows_name_what_they_are_about(session, visitor, account_id):
    make_measure(session, "T7", indicators=1)
    mailing = make_mailing(session, make_round(session), make_group(session, "Juristes"))
    group = mailing.groups[0]
    for action, subject in (
        ("plan_changed", "T7"),
        ("value_reported", "T7.1"),
        ("mailing_started", mailing.public_id),
        ("contacts_grouped", group.public_id),
        ("text_masked", "gone"),
    ):
        note(session, account_id, action, subject)

    rows = rows_of(text_of(visitor.get(f"{AUDIT_LOG}?au=2026-11-20")))

    assert [row[3] for row in rows] == [
        "texte gone",
        "groupe « Juristes »",
        f"message « {mailing.subject['fr']} »",
        "indicateur T7.1, Places réservées (T7.1)",
        "mesure ou indicateur T7, Hébergement spécialisé",
    ]


def test_text_and_contribution_are_named_by_the_receipt(session, visitor, account_id):
    make_measure(session, "T7")
    response = respond(session, make_round(session), "T7", {"suggestions": "Un secret."})
    screen_all(session)
    text = session.scalars(sa.select(ModeratedText)).one()
    note(session, account_id, "text_decided", text.public_id)
    note(session, account_id, "response_set_aside", response.public_id)

    page = text_of(visitor.get(f"{AUDIT_LOG}?au=2026-11-20"))

    assert [row[3] for row in rows_of(page)] == [
        f"contribution {response.receipt_code}",
        f"texte « suggestions » de la contribution {response.receipt_code}",
    ]
    assert "Un secret" not in page


@pytest.fixture
def of_people(session, account_id, world):
    """Actions on contacts, mails and invitations: code of the subject, and how it is named."""
    with writing(session):
        stopped = Suppression(
            **indexes_of("jeanne@exemple.fr"), reason=SuppressionReason.STAFF, created_at=AT
        )
        session.add(stopped)
        invitation_token(session, Role.MODERATOR, "jeanne@exemple.fr", now())
    invitation = session.scalars(sa.select(AccountInvitation)).one()
    invitee = session.scalars(sa.select(Invitee)).one()
    message = session.scalars(sa.select(IncomingMessage)).one()
    mail = session.scalars(sa.select(OutboxMessage)).one()
    came, collected = moment(invitee.created_at), moment(message.collected_at)
    queued = f"« {TRIAL.label} », le {moment(mail.created_at)}"
    invited = moment(invitation.created_at)
    kept = moment(datetime.fromtimestamp(int(world["mail"].split(".")[0]), UTC))
    return [
        ("contact_changed", invitee.public_id, f"contact ajouté le {came}"),
        ("contacts_viewed", invitee.public_id, f"coordonnées du contact ajouté le {came}"),
        ("contacts_viewed", world["group"], "coordonnées du groupe « Associations »"),
        ("message_opened", message.public_id, f"courriel reçu le {collected}"),
        ("attachment_downloaded", world["file"], f"pièce jointe au courriel reçu le {collected}"),
        ("mail_resent", str(mail.id), f"courriel du site {queued}"),
        ("local_mails_viewed", world["mail"], f"courriel de la boîte locale gardé le {kept}"),
        ("address_allowed", stopped.public_id, f"adresse arrêtée le {moment(AT)}"),
        ("account_opened", invitation.public_id, f"invitation du {invited} (modération)"),
    ]


@pytest.fixture
def of_work(session, app, account_id, world):
    """Actions on letters, files and words of the team, with the same two."""
    actor = StaffActor(account_id, EMAIL, frozenset(Role))
    asked = make_data_request(session, actor)
    reply = make_reply_request(session, app, actor)
    work = Work(session, actor, now())
    with writing(session):
        screening.add(work, "camion blanc")
        document, _ = document_jobs.order(work, Choice(), DocumentFormat.DOCX)
        book, _ = export_jobs.order(work, Order("tour-1", Format.ODS))
        cluster = TextCluster(created_at=AT)
        session.add(cluster)
    (word,) = screening.additions(work)
    letter, sent = "demande de chiffre à « Direction des places », mi-parcours", moment(work.at)
    question = f"demande de réponse à « {reply.institution} », mesure T7"
    return [
        ("round_opened", "tour-1", "tour « Première consultation »"),
        ("danger_word_added", word.public_id, "mots de danger « camion blanc »"),
        ("cluster_split", cluster.public_id, f"textes semblables {cluster.label}"),
        ("document_ordered", document.public_id, f"document DOCX, {sent}"),
        ("export_downloaded", book.public_id, f"classeur « Première consultation », {sent}"),
        ("data_request_noted", asked.public_id, letter),
        ("reply_published", reply.public_id, f"{question}, le {day(in_paris(now()).date())}"),
        ("report_published", "1", "bilan 1"),
    ]


def test_letters_mails_and_files_are_named_without_an_address(
    session, visitor, account_id, of_people, of_work
):
    subjects = of_people + of_work
    for action, code, _name in subjects:
        note(session, account_id, action, code)

    page = text_of(visitor.get(f"{AUDIT_LOG}?au=2026-11-20"))
    sheet = load_workbook(io.BytesIO(exported(visitor, "xlsx", au="2026-11-20").data))["Journal"]

    named = [straight(name) for _action, _code, name in reversed(subjects)]
    assert [row[3] for row in rows_of(page)] == named
    assert [straight(row[4].value) for row in sheet.iter_rows(min_row=2)] == named
    assert "jeanne@" not in page
    assert "Jeanne" not in page


def of_questionnaire(session):
    """Actions on questions, recordings, pages and editions: code, and how each is named."""
    make_measure(session, "T7", indicators=1)
    make_round(session)
    session.commit()
    actor = make_organiser(session)
    decided = make_decision(session, actor, indicator_subject(session, "T7.1"))
    make_edition(session, actor, decided, title="Version révisée")
    make_report(session, actor, title="À mi-parcours")
    question = "« Que faire de cet indicateur ? »"
    indicator = "T7.1, Places réservées (T7.1)"
    spoken = "texte lu à haute voix"
    return [
        ("outline_changed", "stance", f"question ou rubrique stance, {question}"),
        ("outline_changed", "progress", "question ou rubrique progress, « Où en est la mesure »"),
        ("outline_changed", "gone", "question ou rubrique gone"),
        ("recording_added", "stance", f"{spoken} stance, {question}"),
        ("recording_replaced", "notice", f"{spoken} « Notice sur les données personnelles »"),
        ("recording_removed", "T7.1", f"{spoken} {indicator}"),
        ("page_read", "T7", "formulaire de la mesure T7, Hébergement spécialisé"),
        ("edition_published", "1", "édition 1, « Version révisée »"),
        ("edition_published", "2", "édition 2"),
        ("report_published", "1", "bilan 1, « À mi-parcours »"),
    ]


def test_questions_recordings_pages_and_editions_are_named_in_few_queries(
    session, visitor, account_id
):
    subjects = of_questionnaire(session)
    for action, code, _name in subjects:
        note(session, account_id, action, code)
    address = f"{AUDIT_LOG}?au=2026-11-20"

    with selects() as of_few:
        page = text_of(visitor.get(address))
    for action, code, _name in subjects * 2:
        note(session, account_id, action, code)
    with selects() as of_many:
        visitor.get(address)
    sheet = load_workbook(io.BytesIO(exported(visitor, "xlsx", au="2026-11-20").data))["Journal"]

    named = [straight(name) for _action, _code, name in reversed(subjects)]
    assert [row[3] for row in rows_of(page)] == named
    assert [straight(row[4].value or "") for row in sheet.iter_rows(min_row=2)] == named * 3
    assert len(of_many) <= len(of_few)


def test_codes_among_details_are_named_too(session, visitor, account_id):
    make_measure(session, "T7")
    response = respond(session, make_round(session), "T7", {"suggestions": "Un secret."})
    screen_all(session)
    cluster = TextCluster(created_at=AT)
    session.add(cluster)
    text = session.scalars(sa.select(ModeratedText)).one()
    session.commit()
    for details in (
        {"text": text.public_id},
        {"other": cluster.public_id, "texts": 2},
        {"round": "tour-1", "what": "title"},
        {"round": "gone", "from": {"tour-1": ["tour-1"]}},
    ):
        note(session, account_id, "cluster_split", None, details)

    page = visitor.get(f"{AUDIT_LOG}?au=2026-11-20")
    sheet = load_workbook(io.BytesIO(exported(visitor, "xlsx", au="2026-11-20").data))["Journal"]

    lines = [
        ["repris de : tour-1 : tour-1", "tour : gone"],
        ["quoi : titre", "tour : « Première consultation »"],
        [f"autres textes semblables : {cluster.label}", "textes : 2"],
        [f"texte : « suggestions » de la contribution {response.receipt_code}"],
    ]
    assert [row[4] for row in rows_of(text_of(page))] == [" ".join(it) for it in lines]
    written = [straight(row[6].value).split("\n") for row in sheet.iter_rows(min_row=2)]
    assert written == lines


def test_what_the_program_did_of_itself_is_not_said_to_be_done_by_somebody_unknown(
    session, visitor
):
    for action in ("export_scheduled", "export_schedule_stopped", "keys_used", "keys_shown"):
        note(session, None, action)

    page = text_of(visitor.get(f"{AUDIT_LOG}?compte=personne&au=2026-11-20"))
    book = load_workbook(io.BytesIO(exported(visitor, "xlsx", compte="personne").data))

    assert [row[1] for row in rows_of(page)] == ["depuis le serveur", *["le site"] * 3]
    assert "sans compte, depuis le serveur ou par le site</option>" in page
    assert {row[1].value for row in book["Journal"].iter_rows(min_row=2)} >= {"le site"}


def test_audit_log_is_narrowed_by_each_filter_and_by_several(session, visitor, account_id):
    other = make_account(session, "lou@exemple.fr")
    note(session, account_id, "export_ordered", "w-1")
    note(session, other, "export_ordered", "w-2", at=datetime(2026, 11, 21, 22, 59, tzinfo=UTC))
    note(session, None, "sign_in_failed", at=datetime(2026, 11, 21, 23, 0, tzinfo=UTC))
    note(session, account_id, "account_disabled", str(other))
    note(session, account_id, "mail_resent", str(other))
    public_id = session.get(Account, other).public_id

    def whats(query):
        return [row[2] for row in rows_of(text_of(visitor.get(f"{AUDIT_LOG}?{query}")))]

    until = "au=2026-11-22"
    assert whats(f"compte={public_id}") == ["Classeur demandé"]
    assert whats(f"compte=personne&{until}") == ["Connexion refusée"]
    assert whats("action=export_ordered") == ["Classeur demandé"] * 2
    assert whats("action=export_ordered&du=2026-11-21") == ["Classeur demandé"]
    assert whats("du=2026-11-22&au=2026-11-22") == ["Connexion refusée"]
    assert whats("objet=w-1") == ["Classeur demandé"]
    assert whats("objet=w-1&du=0001-01-01&au=9999-12-31") == ["Classeur demandé"]
    assert whats(f"objet={public_id}") == ["Accès fermé"]
    assert whats("objet=w-3") == []
    assert "Aucune ligne pour ces filtres" in text_of(visitor.get(f"{AUDIT_LOG}?objet=w-3"))
    assert visitor.get(f"{AUDIT_LOG}?compte=inconnu").status_code == 404


def test_no_address_holds_an_id_of_the_database(session, visitor, account_id):
    note(session, account_id, "account_disabled", str(account_id))
    note(session, account_id, "mail_resent", "12345")

    page = visitor.get(AUDIT_LOG).text

    subjects = re.findall(r"journal\?objet=([^\"&]+)", page)
    assert subjects == [session.get(Account, account_id).public_id]
    assert f'value="{account_id}"' not in page


def test_long_trails_come_in_pages_that_keep_the_filters(session, visitor, account_id):
    for number in range(60):
        audit_log.record(session, account_id, "mailing_tried", f"m-{number}", at=AT)
    session.commit()

    first = visitor.get(f"{AUDIT_LOG}?action=mailing_tried").text
    last = text_of(visitor.get(f"{AUDIT_LOG}?action=mailing_tried&page=2"))

    assert "page=2&amp;action=mailing_tried" in first
    assert "60 lignes pour ces filtres" in last
    assert [row[3] for row in rows_of(last)][-1] == "message m-0"
    assert len(rows_of(first)) == queries.PAGE_LENGTH
    assert len(rows_of(last)) == 60 - queries.PAGE_LENGTH


def test_action_without_words_yet_is_shown_and_can_be_looked_for(session, visitor, account_id):
    note(session, account_id, "moon_landed", "<b>x</b>", {"some_thing": {"deep": [True, None]}})

    text = text_of(visitor.get(f"{AUDIT_LOG}?action=moon_landed"))

    assert "Action « moon_landed »" in text
    assert '<option value="moon_landed" selected>' in text
    assert "some thing : deep : oui" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text


def test_audit_log_without_rows_says_what_will_come(session, visitor):
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("DROP TRIGGER audit_event_only_grows ON audit_event"))
    else:
        session.execute(sa.text("DROP TRIGGER audit_event_refuses_delete"))
    session.execute(sa.delete(AuditEvent))
    session.commit()

    assert "Le journal est vide" in text_of(visitor.get(AUDIT_LOG))


def test_only_administrators_read_the_trail(client, app, session):
    make_account(session, "lou@exemple.fr", Role.ORGANISER, Role.MODERATOR)
    colleague = Browser(app)
    colleague.sign_in("lou@exemple.fr")

    assert client.get(AUDIT_LOG).status_code == 303
    assert colleague.get(AUDIT_LOG).status_code == 403
    assert colleague.post(f"{AUDIT_LOG}/exporter", {"format": "xlsx"}).status_code == 403
    with pytest.raises(NotAllowed):
        queries.events(Work(session, OUTSIDER), Filters(), 1)
    with pytest.raises(NotAllowed):
        list(queries.exported(Work(session, OUTSIDER), Filters()))


def exported(visitor, format, **filters):
    visitor.get(AUDIT_LOG)
    return visitor.post(f"{AUDIT_LOG}/exporter", {"format": format, **filters})


def test_what_the_filters_leave_is_given_out_whole_and_noted(session, visitor, account_id):
    for number in range(70):
        audit_log.record(session, account_id, "mailing_tried", f"=m-{number}", at=AT)
    note(session, None, "sign_in_failed")

    answer = exported(visitor, "xlsx", action="mailing_tried", au="2026-11-20")

    book = load_workbook(io.BytesIO(answer.data))
    header, *rows = book["Journal"].iter_rows(values_only=True)
    assert header[0] == "Quand (heure de Paris)"
    assert len(rows) == 70
    assert rows[0] == (
        datetime(2026, 11, 20, 23, 30),  # noqa: DTZ001 - as a sheet holds it
        EMAIL,
        "Message essayé sur soi",
        "mailing_tried",
        "message =m-69",
        "=m-69",
        None,
    )
    assert ("Action", "Message essayé sur soi") in list(
        book["Lisez-moi"].iter_rows(values_only=True)
    )
    last = last_event(session)
    assert (last.action, last.account_id) == ("trail_exported", account_id)
    assert last.details == {
        "format": "xlsx",
        "rows": 70,
        "is_cut": False,
        "filters": ["action", "au"],
    }


@pytest.mark.parametrize("format", ["ods", "csv"])
def test_other_formats_hold_the_same(session, visitor, account_id, format):
    note(session, account_id, "contacts_viewed", "g-1", {"count": 12})

    answer = exported(visitor, format)

    assert answer.headers["Content-Disposition"].startswith("attachment; filename=journal-2")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert "contacts_viewed" in content
    assert "g-1" in content


def test_format_that_is_not_offered_is_refused_and_nothing_is_noted(session, visitor):
    answer = exported(visitor, "pdf")

    assert answer.status_code == 400
    assert "trail_exported" not in noted(session)


def test_export_is_cut_at_its_limit_and_says_so(session, visitor, account_id, monkeypatch):
    monkeypatch.setattr(queries, "MOST_EXPORTED", 5)
    monkeypatch.setattr("consultation.accounts.audit.workbook.MOST_EXPORTED", 5)
    monkeypatch.setattr(queries, "ROWS_AT_ONCE", 2)
    for number in range(8):
        note(session, account_id, "mailing_tried", f"m-{number}")

    page = text_of(visitor.get(f"{AUDIT_LOG}?action=mailing_tried"))
    book = load_workbook(io.BytesIO(exported(visitor, "xlsx", action="mailing_tried").data))

    assert "Seules les 5 lignes les plus récentes y seront" in page
    subjects = [row[5] for row in book["Journal"].iter_rows(min_row=2, values_only=True)]
    assert subjects == ["m-7", "m-6", "m-5", "m-4", "m-3"]
    readme = dict(row[:2] for row in book["Lisez-moi"].iter_rows(values_only=True))
    assert readme["Coupé"].startswith("8 lignes répondent")
    assert noted(session)[-1] == "trail_exported"


def test_export_says_what_it_is_about(session, visitor):
    lou = session.get(Account, make_account(session, "lou@exemple.fr")).public_id
    visitor.get(AUDIT_LOG)

    labels_of = []
    for query in ({}, {"objet": "w-1"}, {"objet": lou}):
        book = load_workbook(io.BytesIO(exported(visitor, "xlsx", **query).data))
        labels_of.append(dict(row[:2] for row in book["Lisez-moi"].values)["Objet"])

    assert labels_of == ["tous", "w-1", "compte lou@exemple.fr"]


def test_every_action_that_is_recorded_has_its_words():
    actions, unknown = recorded_actions()

    assert unknown == [], "say the action where it is recorded, or where it is handed on"
    assert {"signed_in", "password_changed", "mail_resent", "mailing_paused"} <= actions
    assert actions - set(labels.LABELS) == set(), "these need words in trail_wording"


def test_decision_and_an_edition_are_told_in_words():
    decided = labels.detail_lines({"outcome": "taken_in_part", "change": "reword"})
    published = labels.detail_lines({"edition": 2, "decisions": 7})

    assert decided == ["changement du plan : nouveau texte", "décision : repris en partie"]
    assert published == ["décisions : 7", "édition : 2"]


def test_every_event_goes_through_the_one_function():
    assert places_that_bypass() == []


def test_every_module_that_gives_out_files_is_known_here():
    gives_out = {
        path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
        for path in sorted(Path(PACKAGE).rglob("*.py"))
        if re.search(r"send_file\(|uploads\.send_copy\(", path.read_text("utf-8"))
        and path != PACKAGE / "web/uploads.py"
    }

    assert set(gives_out) == set(GIVES_OUT)
    for name, actions in GIVES_OUT.items():
        assert all(f'"{action}"' in gives_out[name] for action in actions), name


@pytest.fixture
def world(app, session, account_id):
    """One of everything whose address, name or words are somebody's; addresses to visit."""
    measure = make_measure(session, "T7")
    opened = make_round(session)
    group = make_group(session)
    invitee = make_invitee(session, group)
    mailing = make_mailing(session, opened, group)
    message = bring_in_one(session, app, files=[("plan.pdf", b"%PDF")])
    with writing(session):
        outbox_actions.enqueue_test(session, "jeanne@exemple.fr", now())
    loop.deliver(session, app.config)
    mail = next((app.config["HOME"] / "mailbox" / "new").iterdir()).name
    return {
        "measure": measure.code,
        "group": group.public_id,
        "invitee": invitee.public_id,
        "mailing": mailing.public_id,
        "message": message.public_id,
        "file": message.attachments[0].public_id,
        "mail": mail,
    }


INVITATIONS = "/organisation/invitations"
SHOWS_CONTACTS = [
    (f"{INVITATIONS}/groupes/{{group}}", "contacts_viewed"),
    (f"{INVITATIONS}/contacts/{{invitee}}/effacer", "contacts_viewed"),
    (f"{INVITATIONS}/messages/{{mailing}}/apercu", "contacts_viewed"),
    (f"{INVITATIONS}/messages/{{mailing}}/suivi", "contacts_viewed"),
    ("/organisation/courrier/{message}", "message_opened"),
    ("/organisation/courrier/{message}/pieces/{file}", "attachment_downloaded"),
    ("/administration/courriels/boite", "local_mails_viewed"),
    ("/administration/courriels/boite/{mail}", "local_mails_viewed"),
    ("/organisation/plan/export/csv", "plan_exported"),
    ("/organisation/tours/tour-1/questionnaire/classeur/telecharger/ods", "questionnaire_exported"),
    ("/organisation/avancement/classeur-des-evaluations.csv", "statuses_exported"),
    ("/organisation/valeurs-par-fichier/classeur-des-valeurs.csv", "values_exported"),
]


@pytest.mark.parametrize(("path", "action"), SHOWS_CONTACTS)
def test_each_page_with_contact_data_and_each_download_is_noted(
    session, visitor, world, account_id, path, action
):
    before = len(noted(session))

    page = visitor.get(path.format(**world))

    assert page.status_code == 200
    assert noted(session)[before:] == [action]
    assert last_event(session).account_id == account_id


def test_each_of_these_is_told_to_the_second_person():
    noted_actions = {action for _path, action in SHOWS_CONTACTS}.union(*GIVES_OUT.values())

    assert noted_actions - set(reports.WATCHED) == set()


def test_message_that_is_shown_again_after_a_refusal_is_noted_too(session, visitor, world):
    visitor.get(AUDIT_LOG)
    before = len(noted(session))

    page = visitor.post(f"/organisation/courrier/{world['message']}/ecarter", {"etat": "waiting"})

    assert page.status_code == 400
    assert "jeanne@exemple.fr" in page.text
    assert noted(session)[before:] == ["message_opened"]


def test_workbook_is_noted_when_ordered_and_when_taken(session, visitor, world):
    visitor.get("/organisation/exports")
    ordered = visitor.post("/organisation/exports", {"tour": "tour-1", "format": "csv"})
    queue.run_due(session)
    before = len(noted(session))

    taken = visitor.get(f"{ordered.location}/fichier")

    assert taken.status_code == 200
    assert "export_ordered" in noted(session)
    assert noted(session)[before:] == ["export_downloaded"]


def test_no_page_of_the_staff_shows_an_address_or_a_name_of_a_contact_unnoted(
    session, app, visitor, world
):
    """Lists mask what they show; every address of the site that needs no id is visited."""
    quiet = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and re.match("/(organisation|administration|moderation)", str(rule))
        and "<" not in str(rule)
        and rule.endpoint != "mail.local_box"
    ]
    quiet += [f"{INVITATIONS}/messages/{world['mailing']}"]

    displayed = {}
    for path in quiet:
        before = len(noted(session))
        page = visitor.get(path)
        if page.mimetype == "text/html" and "contacts_viewed" not in noted(session)[before:]:
            displayed[path] = "jeanne@" in page.text or "Jeanne Été" in page.text

    assert len(displayed) > 15
    assert [path for path, is_shown in displayed.items() if is_shown] == []
