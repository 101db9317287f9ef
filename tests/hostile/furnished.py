"""A site in which there is one of everything, and in which every word is hostile."""

import re
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Account, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import in_paris, now
from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.collective.texts import SiteTextInForce
from consultation.db.base import writing
from consultation.decisions import decide, editions
from consultation.decisions.models import DecisionBasis
from consultation.documents import jobs as document_jobs
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.exports.orders import jobs
from consultation.exports.orders.order import Order
from consultation.exports.saved import settings
from consultation.exports.saved.settings import Timing
from consultation.institutions.data_requests.record import RequestDraft
from consultation.institutions.replies import requests
from consultation.jobs import queue
from consultation.mail import suppression
from consultation.mail.delivery import loop
from consultation.mail.models import SuppressionReason
from consultation.moderation.clusters import clustering
from consultation.moderation.danger import alerts, screening
from consultation.moderation.models import ModeratedText, TextState
from consultation.plan.measurement import remarks
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.texts import LONGEST_LEVEL, LONGEST_SOURCE
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import (
    Assessor,
    Indicator,
    Level,
    Measure,
    MeasuredAs,
    MeasureStatus,
    Remark,
    SilencedRemark,
)
from consultation.plan.statuses import workbook
from consultation.plan.statuses.assessments import Assessment
from consultation.plan.values import overrides, publication, record
from consultation.plan.values import workbook as values_workbook
from consultation.plan.values.models import Progress, Reporter, ValuePoint
from consultation.plan.values.record import Report
from consultation.plan.workbook import writer
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.questionnaires.models import Round, RoundTextKind
from consultation.questionnaires.outline import store, structure
from consultation.questionnaires.rounds import texts
from consultation.questionnaires.rounds.texts import TextInForce
from consultation.questionnaires.workbook import writer as workbook_writer
from consultation.spreadsheets import uploads
from consultation.spreadsheets.models import SheetPurpose
from consultation.spreadsheets.writer import Format
from consultation.translators import sheet as translator_sheet
from consultation.translators import texts as organiser_texts
from consultation.work.services import Work
from tests.accounts.builders import make_account, make_invitation
from tests.decisions.announcements.builders import make_announcement
from tests.decisions.builders import indicator_subject, make_decision, make_edition
from tests.exports.builders import respond
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round, screen_all
from tests.hostile.poisoning import MARKED_DOWN, PAYLOAD, poison
from tests.inbox.builders import bring_in_one
from tests.institutions.data_requests.builders import make_request as make_data_request
from tests.institutions.replies.builders import act, make_reply, make_request
from tests.invitations.builders import make_group, make_invitee, make_mailing, start
from tests.moderation.builders import make_text, phone_text
from tests.questionnaires.publishing_builders import edit, make_question, with_question
from tests.questionnaires.rounds.builders import prepare as prepare_round
from tests.recordings.builders import record_all
from tests.reports.builders import make_draft, make_report
from tests.results.publishing_builders import publish

ADDRESS = "camille@exemple.fr"
STAFF = "tout@association.fr"
FORM = "/mesures/T7/contribuer"


def furnish(app, session):
    """Fill the site; return what its addresses are made of."""
    make_measure(session, "T7", lead="DGCS", summary={"fr": "Ouvrir des places."})
    make_measure(session, "T8", "Formation", indicators=1)
    opened = make_round(session)
    opened.document_url = f"https://exemple.fr/{PAYLOAD}"
    session.commit()
    staff_id = make_account(session, STAFF, *Role)
    colleague = make_account(session, "collegue@exemple.fr", Role.MODERATOR)
    actor = StaffActor(staff_id, STAFF, frozenset(Role))
    space, saved = _respond(app, session)
    text = _fill_moderation(session, opened)
    _fill_plan(session)
    _fill_site(session, actor)
    _fill_rounds(session, actor)
    mailing, invitee, group = _fill_invitations(session, opened)
    message = _fill_inbox(app, session)
    alert, word = _fill_danger(session, actor, text, message)
    with writing(session):
        address = suppression.suppress_address
        address(session, f'"{PAYLOAD}"@exemple.fr', SuppressionReason.STAFF, now())
        kept = settings.save(
            Work(session, actor, now()), PAYLOAD, Order("tour-1", Format.XLSX), Timing()
        )
    session.get_one(Account, colleague).email = f'"{PAYLOAD}"@exemple.fr'
    poison(session)
    _fill_values(session, actor)
    data_request, proposal = _fill_data_requests(session, actor), _fill_proposals(session)
    replies = _fill_replies(app, session, actor)
    announcement = _fill_decisions(session, actor, text)
    _fill_reports(session, actor, text)
    record_all(session, opened, actor)
    app.extensions["consultation_shelf"] = (
        InstrumentCache()
    )  # what was read before the words were changed
    publish(session, opened)
    sheets = _send_sheets(app, session, actor)
    with writing(session):
        job, _is_new = jobs.order(Work(session, actor, now()), Order("tour-1", Format.XLSX))
        contacts, _ = jobs.order(
            Work(session, actor, now()), Order("tour-1", Format.XLSX), kind=jobs.CONTACTS
        )
        document, _ = document_jobs.order(
            Work(session, actor, now()), Choice(), DocumentFormat.HTML
        )
    while queue.run_due(session):
        pass
    loop.deliver(session, app.config)
    session.commit()
    return SimpleNamespace(
        space=space, saved=saved, text=text, mailing=mailing, invitee=invitee, group=group,
        message=message, kept=kept.public_id, job=job.public_id, contacts=contacts.public_id,
        alert=alert, word=word, sheets=sheets, invitation=make_invitation(session), actor=actor,
        announcement=announcement, replies=replies, document=document.public_id,
        data_request=data_request, proposal=proposal,
    )  # fmt: skip


def _respond(app, session):
    """A respondent who answers, corrects, and leaves a draft; return the path of their space, and
    what another who saves only is shown their link by.
    """
    asked = instrument_of(session, session.query(Measure).filter_by(code="T7").one())
    client = app.test_client()

    def data(key, **answers):
        who = {"capacity": "citizen", "organisation": PAYLOAD, "name": PAYLOAD, "email": ADDRESS}
        texts = {"suggestions": PAYLOAD, "T7_1__reason": MARKED_DOWN, "T7_1__source": PAYLOAD}
        return form_data(asked, **who | texts | answers) | {"submission_key": key}

    page = client.post(FORM, data=data(key_for(asked)), follow_redirects=True)
    space = re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]
    client.post(space)
    for more in ({}, {"intent": "save", "draft_revision": "0"}):
        page = client.get("/contributions/mesures/T7")
        key = re.search(r'name="submission_key" value="([^"]*)"', page.text)[1]
        form = data(key, observation=f"{PAYLOAD} {len(more)}") | more
        client.post("/contributions/mesures/T7", data=form)
    form = data(key_for(asked), email="autre@exemple.fr") | {"intent": "save"}
    saved = app.test_client().post(FORM, data=form).location
    return space, saved.rpartition("/")[2]


def _fill_moderation(session, opened):
    """Texts in each state, one of them with masks, and a campaign of similar ones."""
    for number in range(12):
        said = {("T7.1", "stance"): "keep", ("T7.1", "relevance"): number % 9 + 1}
        said |= {("T7.1", "proposed_wording"): PAYLOAD, "missing_indicator": PAYLOAD}
        respond(session, opened, "T7", said, organisation=PAYLOAD, capacity="justice")
    for _ in range(3):
        respond(session, opened, "T8", {"suggestions": f"{PAYLOAD} il faut des places " * 9})
    flagged = phone_text(session, opened, consent_named=True, organisation=PAYLOAD)
    public = make_text(session, opened, PAYLOAD, consent_anonymous=True)
    public.state = TextState.PUBLISHED
    session.commit()
    screen_all(session)
    clustering.cluster_due(session)
    session.commit()
    return flagged.public_id


def _fill_plan(session):
    for measure in session.query(Measure):
        for assessor in Assessor:
            status = MeasureStatus(
                measure_id=measure.id, assessor=assessor, assessed_on=date(2026, 6, 1),
                level=Level.ENGAGED, evidence={"fr": "Un rapport.", "en": "A report."},
                source_url="https://exemple.fr/rapport",
            )  # fmt: skip
            session.add(status)
    indicator = session.query(Indicator).filter_by(code="T7.1").one()
    level = Figure(PAYLOAD[:LONGEST_LEVEL], "2027", PAYLOAD[:LONGEST_SOURCE])
    measurements.store(indicator.version, Measurement(MeasuredAs.LEVEL, final=level), now())
    why = PAYLOAD[: remarks.LONGEST_REASON]
    silenced = {"remark": Remark.NO_SOURCE, "why": why, "silenced_at": now()}
    session.add(SilencedRemark(indicator_id=indicator.id, **silenced))
    session.commit()


def _fill_values(session, actor):
    """Report a value of an indicator in hostile words."""
    texts = dict.fromkeys(("covers", "source", "reporter", "note"), PAYLOAD)
    reported = Report(
        reported_by=Reporter.ASSOCIATION,
        point=ValuePoint.MIDTERM,
        value=PAYLOAD[:LONGEST_LEVEL],
        **texts,
    )
    with writing(session):
        row = session.query(Indicator).filter_by(code="T7.1").one()
        value = record.report(Work(session, actor, now()), row, reported)
    with writing(session):
        publication.publish(
            Work(session, actor, now()), {row: [value.public_id]}, source_rule=PAYLOAD, smallest=11
        )
    with writing(session):
        overrides.override(Work(session, actor, now()), row, Progress.LATE, PAYLOAD, None)
        record.report(Work(session, actor, now()), row, replace(reported, point=ValuePoint.FINAL))


def _fill_proposals(session):
    """Give a value of an indicator in an earlier round, from a hostile source; return the id."""
    opens_at = now() - timedelta(days=800)
    closes_at = opens_at + timedelta(days=30)
    asked = make_round(session, opens_at, closes_at, "tour-0", structure.evaluation())
    answers = {("T7.1", "known_value"): 3, ("T7.1", "known_value_source"): PAYLOAD}
    response = respond(session, asked, answers=answers, organisation=PAYLOAD)
    text = next(answer for answer in response.answers if answer.text)
    session.add(
        ModeratedText(answer_id=text.id, is_flagged=False, screened_at=now(), screened_by="test")
    )
    session.commit()
    return response.public_id


def _fill_data_requests(session, actor):
    """Ask for a figure in hostile words; return the request."""
    row = session.query(Indicator).filter_by(code="T7.1").one()
    texts = dict.fromkeys(("contact", "signatory", "institution", "document"), PAYLOAD)
    draft = RequestDraft(indicators=[row], point=ValuePoint.FINAL, **texts)
    return make_data_request(session, actor, draft, note=PAYLOAD).public_id


def _fill_replies(app, session, actor):
    """Ask two institutions for a reply in hostile words; one replies, and its reply is public."""
    judgement = Assessment(
        assessor=Assessor.COLLECTIVE,
        assessed_on=date(2026, 5, 1),
        level=Level.DONE,
        evidence={"fr": PAYLOAD},
    )
    asked = [
        make_request(session, app, actor, institution=PAYLOAD, judgement=judgement, due_on=due_on)
        for due_on in (in_paris(now()).date(), in_paris(now()).date() + timedelta(days=9))
    ]
    for row in asked:
        make_reply(session, row, text=f"{PAYLOAD} {MARKED_DOWN}", signature=PAYLOAD)
    with time_machine.travel(now() + timedelta(days=2)):
        act(session, actor, asked[0], requests.publish)
    return [row.public_id for row in asked]


def _fill_reports(session, actor, text):
    """Publish two reports in hostile words that cite and quote, and prepare another."""
    answer_id = session.scalars(
        sa.select(ModeratedText.answer_id).where(ModeratedText.public_id == text)
    ).one()
    text_citing = f"{PAYLOAD} {MARKED_DOWN} {{{{valeur:T7.1@mi-parcours}}}}"
    fields = {"title": PAYLOAD, "introduction": text_citing, "axis_texts": {"T": text_citing}}
    for _ in range(2):
        make_report(session, actor, quotations=[answer_id], **fields)
    make_draft(session, actor, quotations=[answer_id], **fields)


def _fill_decisions(session, actor, text):
    """Decide on an indicator in hostile words, publish an edition of it, prepare another."""
    subject = indicator_subject(session)
    with writing(session):
        fields = {"reason": PAYLOAD}
        decide.save_draft(
            Work(session, actor, now()),
            indicator_subject(session, "T7.2"),
            fields,
            decide.state_of(session, indicator_subject(session, "T7.2")),
        )
    answer_id = session.scalars(
        sa.select(ModeratedText.answer_id).where(ModeratedText.public_id == text)
    ).one()
    decision = make_decision(session, actor, subject, reason={"fr": PAYLOAD}, note=PAYLOAD)
    session.add(DecisionBasis(decision_id=decision.id, answer_id=answer_id))
    make_edition(session, actor, decision, title=PAYLOAD, introduction={"fr": PAYLOAD})
    with writing(session):
        editions.prepare(Work(session, actor, now()), {"fr": PAYLOAD}, {"fr": PAYLOAD}, [], None)
    opened = session.query(Round).order_by(Round.id).first()
    return make_announcement(session, opened).public_id


def _fill_site(session, actor):
    with writing(session):
        for kind in SiteTextKind:
            content = "https://exemple.fr/plan" if kind is SiteTextKind.PLAN_LINK else PAYLOAD
            text = SiteTextInForce(kind, {"fr": content, "en": content})
            site_texts.write(Work(session, actor, now()), text)


def _fill_rounds(session, actor):
    """Texts of the open round, and another round whose questionnaire is being changed."""
    with writing(session):
        opened = session.query(Round).one()
        for kind in RoundTextKind:
            text = TextInForce(kind, {"fr": "Un texte.", "en": "A text."})
            texts.write(Work(session, actor, now()), opened, text)
    question = make_question("avis_2", label="Et cela ?")
    edit(session, opened, lambda outline: with_question(outline, "suggestions", question))
    prepare_round(session, actor, now(), code="tour-2", opens_in=60)
    session.commit()


def _fill_invitations(session, opened):
    group = make_group(session)
    invitee = make_invitee(session, group, organisation="L'Étape")
    mailing = make_mailing(session, opened, group)
    start(session, mailing)
    make_mailing(session, opened, group)
    return mailing.public_id, invitee.public_id, group.public_id


def _fill_inbox(app, session):
    """A mail with a file, from somebody whose name and words are hostile as well."""
    return bring_in_one(
        session, app, text=f"{PAYLOAD}\n{MARKED_DOWN}\n", subject=PAYLOAD,
        files=[(f"{PAYLOAD}.pdf", b"%PDF-1.4")],
    ).public_id  # fmt: skip


def _fill_danger(session, actor, text, message):
    """An alert that is open and one that was closed, and words that somebody added."""
    unknown = alerts.Referent("", PAYLOAD, PAYLOAD, can_mail_leave=False)
    with writing(session):
        closed = alerts.raise_for_message(Work(session, actor, now()), message, unknown)
        alerts.close(Work(session, actor, now()), closed.public_id, PAYLOAD)
        alert = alerts.raise_for_text(Work(session, actor, now()), text, unknown)
        alerts.raise_for_message(Work(session, actor, now()), message, unknown)
        screening.add(Work(session, actor, now()), "camion blanc")
    (word,) = screening.additions(Work(session, actor))
    return alert.public_id, word.public_id


def _send_sheets(app, session, actor):
    """A file of each kind that waits to be confirmed, as the site itself writes it."""
    folder = app.config["HOME"]
    outline = store.working(session, session.query(Round).filter_by(code="tour-2").one())
    files = {
        SheetPurpose.PLAN: folder / "plan.xlsx",
        SheetPurpose.STATUSES: folder / "statuses.xlsx",
        SheetPurpose.VALUES: folder / "values.xlsx",
        SheetPurpose.QUESTIONNAIRE: folder / "questionnaire.xlsx",
        SheetPurpose.CONTACTS: folder / "contacts.csv",
        SheetPurpose.TRANSLATIONS: folder / "translations.xlsx",
    }
    writer.write_draft(writer.draft_of(session), files[SheetPurpose.PLAN], Format.XLSX)
    workbook.write(Work(session, actor), files[SheetPurpose.STATUSES], Format.XLSX)
    values_workbook.write(session, files[SheetPurpose.VALUES], Format.XLSX)
    workbook_writer.write_outline(outline, files[SheetPurpose.QUESTIONNAIRE], Format.XLSX)
    lines = organiser_texts.texts(session, app.config["MAIL_SENDER"]).lines("en")
    translator_sheet.write(lines, "en", files[SheetPurpose.TRANSLATIONS], Format.XLSX)
    quoted = PAYLOAD.replace('"', '""')
    listed = f'Adresse;Nom\ncontact@exemple.fr;"{quoted}"\n'
    files[SheetPurpose.CONTACTS].write_text(listed, "utf-8")
    kept = {}
    with writing(session):
        for purpose, path in files.items():
            name, content = f"{PAYLOAD}{path.suffix}", path.read_bytes()
            chosen = {"group": "", "new_group": PAYLOAD, "origin": PAYLOAD}
            choices = chosen if purpose is SheetPurpose.CONTACTS else {}
            sheet = uploads.keep(session, actor.id, purpose, name, content, now(), choices)
            kept[purpose] = sheet.public_id
            path.unlink()
    return kept
