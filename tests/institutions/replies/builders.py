"""A request for a reply as the team sends one, and what an institution does with its link."""

from datetime import date, timedelta

from consultation.clock import in_paris, now
from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.institutions.replies import message, reply, requests
from consultation.institutions.replies.models import ReplyRequest
from consultation.institutions.replies.requests import RequestDraft
from consultation.plan import queries
from consultation.plan.models import Assessor, Level
from consultation.plan.statuses.assessments import Assessment
from consultation.work.services import Work

INSTITUTION = "Direction de l’essai"
ADDRESS = "service@institution.example"
EVIDENCE = "Jugement secret : deux places sur dix."
TEXT = "Réponse confidentielle :\n\nles huit autres ouvrent en mars."
SIGNATURE = "La cheffe de bureau, bureau de l’accueil"


def make_request(session, app, actor, code="T7", **changes):
    """A request about a draft of the collective's judgement, with 20 days to reply."""
    draft = {
        "key": new_id(),
        "institution": INSTITUTION,
        "address": ADDRESS,
        "locale": "fr",
        "due_on": in_paris(now()).date() + timedelta(days=20),
        "judgement": Assessment(
            assessor=Assessor.COLLECTIVE,
            assessed_on=date(2026, 10, 1),
            level=Level.PARTLY_DONE,
            evidence={"fr": EVIDENCE},
        ),
        "value_ids": [],
    }
    with writing(session):
        measure = queries.measure_by_code(session, code)
        return requests.ask(
            Work(session, actor, now()), measure, RequestDraft(**draft | changes), app.config
        )


def make_reply(session, row, text=TEXT, signature=SIGNATURE):
    """The reply of the institution, in place of its last one."""
    row = fresh(session, row)
    seen = row.reply.public_id if row.reply else ""
    with writing(session):
        return reply.store(session, row.public_id, text, signature, seen, now())


def make_over(traveller, row):
    """Travel to the day after the last one of a request."""
    traveller.move_to(now() + (row.due_on - in_paris(now()).date() + timedelta(days=1)))


def act(session, actor, row, service, *args):
    """Call a service on a request as it is now."""
    seen = requests.state_of(fresh(session, row))
    with writing(session):
        service(Work(session, actor), row.public_id, *args, seen)


def link_to(row, prefix=""):
    """The address of the page that the personal link of a request opens."""
    return f"{prefix}/reponse/{message.token_of(row.public_id)}"


def fresh(session, row):
    """The request as it is stored now."""
    session.rollback()
    session.expire_all()
    return session.query(ReplyRequest).filter_by(public_id=row.public_id).one()
