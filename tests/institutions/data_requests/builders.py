"""Data requests, from what a test cares about."""

from datetime import date

from consultation.clock import now
from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.collective.texts import SiteTextInForce
from consultation.db.base import writing
from consultation.institutions.data_requests import queries, record
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.institutions.data_requests.record import RequestDraft
from consultation.plan import queries as plan_queries
from consultation.plan.values.models import ValuePoint
from consultation.work.services import Work
from tests.decisions.builders import make_organiser

SENT = date(2026, 3, 2)
LAW = "Nous nous appuyons sur le texte que notre conseil a lu."


def make_draft(session, *codes, **values):
    """A draft that asks one institution for the figures of indicators at mid-term."""
    rows = [plan_queries.stored_indicator(session, code) for code in codes or ("T7.1",)]
    defaults = {"institution": "Direction des places", "document": "Le bilan annuel des places"}
    moment = {} if "day" in values else {"point": ValuePoint.MIDTERM}
    return RequestDraft(indicators=rows, **{**defaults, **moment, **values})


def make_request(session, actor, draft=None, *, sent=None, note=""):
    """Store a request; it has left on the day `sent`, if any, with a note that is undone else."""
    with writing(session):
        request = record.prepare(Work(session, actor, now()), draft or make_draft(session))
    if sent or note:
        happen(session, actor, request, RequestEventKind.REQUESTED, sent or SENT, note)
    if note and not sent:
        with writing(session):
            record.undo(Work(session, actor, now()), request.public_id, record.seen(request))
    return fresh(session, request)


def write_grounds(session, text=LAW, number=0):
    """The legal text of letters, as the collective writes it."""
    kind = SiteTextKind.REQUEST_GROUNDS
    with writing(session):
        adapted = SiteTextInForce(kind, {"fr": text}, number)
        site_texts.write(Work(session, make_organiser(session, f"auteur{number}"), now()), adapted)


def write_address(session, text="1 rue des Essais\n75000 Paris", number=0):
    """The postal address of letters, as the collective writes it."""
    kind = SiteTextKind.POSTAL_ADDRESS
    with writing(session):
        adapted = SiteTextInForce(kind, {"fr": text}, number)
        site_texts.write(Work(session, make_organiser(session, f"adresse{number}"), now()), adapted)


def happen(session, actor, request, kind, day, note="", *, at=None):
    """Note what happened to a request, whose letter is finished."""
    texts = record.collective_texts(session)
    if not texts.grounds:
        write_grounds(session)
    if not texts.address:
        write_address(session)
    seen = record.seen(fresh(session, request))
    with writing(session):
        record.note(Work(session, actor, at or now()), request.public_id, kind, day, note, seen)
    return fresh(session, request)


def fresh(session, request):
    """The request as it is stored."""
    public_id = request.public_id
    session.rollback()
    session.expire_all()
    return queries.find(session, public_id)
