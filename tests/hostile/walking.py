"""The way of every sending through the site, and what was seen of it at each station."""

import contextlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from consultation.extensions import db
from consultation.mail import outbox
from consultation.moderation import screening
from consultation.moderation.models import ModeratedText
from consultation.questionnaires.models import Option, Question, Round
from consultation.responses.models import Answer, Contact, Respondent, Response, Submission
from consultation.spreadsheets.writer import Format
from tests.exports.reading import make
from tests.hostile.cases import Outcome

NEXT = re.compile(r'href="(/moderation\?[^"]*apres=[^"]*)"')


@dataclass
class Stored:
    """What the database holds of one sending."""

    receipt_code: str
    public_id: str
    answers: dict = field(default_factory=dict)
    """By question: a text, a number, a day, or the codes chosen."""


@dataclass
class Walk:
    """Everything that was seen of the sendings of one run."""

    sent: list
    """The case, its key and the answer to it, in the order of sending."""
    stored: dict
    """What is stored, by key."""
    pages: dict
    """The pages fetched afterwards, by station: pairs of a case, or None, and an answer."""
    workbooks: dict
    mails: list
    log: str
    address: str
    """Where the site is: its own pages may name it whole."""

    def cases(self, outcome=None):
        """Each case, what came back, and what is stored of it."""
        for case, key, answer in self.sent:
            if outcome in (None, case.outcome):
                yield case, answer, self.stored.get(key)

    @property
    def answers(self):
        return [answer for _case, _key, answer in self.sent] + [
            answer for found in self.pages.values() for _case, answer in found
        ]


def walk(site, sink, cases, every, folder):
    """Send every case, and take what came of it along the way; one page in `every` of its own."""
    sent = site.at_once(cases, lambda visitor, case: (case, *site.send(visitor, case)))
    stored = read_stored(db.session)
    screening.screen_due(db.session)
    pages = fetch_pages(site, sent, stored, every)
    workbooks = export(db.session, folder)
    wait_for_mail(db.session)
    log = Path(site.server.log).read_text("utf-8")
    address = f"http://127.0.0.1:{site.server.port}"
    return Walk(sent, stored, pages, workbooks, list(sink.mails), log, address)


def read_stored(session):
    """Everything stored, by the id of the key it came with."""
    session.rollback()
    rows = session.execute(
        sa.select(
            Submission.key, Response.receipt_code, Response.public_id, Response.id,
            Respondent.organisation, Respondent.capacity, Contact.name, Contact.address,
        )
        .join(Response, Response.submission_id == Submission.id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .outerjoin(Contact, Contact.respondent_id == Respondent.id)
    )  # fmt: skip
    by_id, by_key = {}, {}
    for key, code, public_id, response_id, organisation, capacity, name, address in rows:
        own = {"organisation": organisation, "capacity": capacity, "name": name, "email": address}
        by_id[response_id] = by_key[key] = Stored(code, public_id, own)
    _add_answers(session, by_id)
    session.rollback()
    return by_key


def _add_answers(session, by_id):
    rows = session.execute(
        sa.select(
            Answer.response_id, Question.code, Answer.text, Answer.number, Answer.date, Option.code
        )
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Option, Option.id == Answer.option_id)
        .order_by(Answer.id)
    )
    for response_id, code, text, number, day, option in rows:
        answers = by_id[response_id].answers
        if option is not None:
            answers.setdefault(code, []).append(option)
        else:
            answers[code] = next(one for one in (text, number, day) if one is not None)


def fetch_pages(site, sent, stored, every):
    """The lists in full, and the receipt, the response and the text of one in so many."""
    taken = [(case, answer, stored[key]) for case, key, answer in sent if key in stored][::every]
    texts = _text_pages(db.session)
    staff = Staff(site)
    receipts = [(case, answer.headers["Location"]) for case, answer, _kept in taken]
    details = [(case, f"/organisation/contributions/{kept.public_id}") for case, _, kept in taken]
    moderated = [
        (case, f"/moderation/textes/{text}")
        for case, _answer, kept in taken
        for text in texts.get(kept.public_id, ())[:1]
    ]
    lists = [
        (None, f"/organisation/contributions/?page={number}")
        for number in range(1, len(stored) // 50 + 2)
    ]
    return {
        "receipts": site.at_once(
            receipts, lambda visitor, receipt: (receipt[0], visitor.get(receipt[1]))
        ),
        "list": staff.fetch(lists),
        "detail": staff.fetch(details),
        "moderation": staff.fetch(moderated),
        "queue": staff.queue(),
    }


def _text_pages(session):
    """The public ids of the texts to moderate, by that of their response."""
    found = {}
    for response, text in session.execute(
        sa.select(Response.public_id, ModeratedText.public_id)
        .join(Answer, Answer.response_id == Response.id)
        .join(ModeratedText, ModeratedText.answer_id == Answer.id)
        .order_by(Answer.id.desc())
    ):
        found.setdefault(response, []).append(text)
    session.rollback()
    return found


class Staff:
    """Somebody of the team, signed in on two devices that fetch pages at the same time."""

    def __init__(self, site):
        self.site = site
        with contextlib.closing(site.visitor()) as first:
            first.sign_in()
            self.cookies = first.cookies

    def fetch(self, tasks):
        return self.site.at_once(tasks, self._fetch)

    def _fetch(self, visitor, task):
        visitor.cookies = self.cookies
        return task[0], visitor.get(task[1])

    def queue(self):
        """Every page of the moderators' queue, by the link from each to the next."""
        pages, path = [], "/moderation"
        with contextlib.closing(self.site.visitor()) as visitor:
            while path:
                pages.append(self._fetch(visitor, (None, path)))
                following = NEXT.search(pages[-1][1].text)
                path = following and following[1].replace("&amp;", "&")
        return pages


def export(session, folder):
    """A workbook of each format, with all texts: what a machine has flagged as well."""
    session.execute(sa.update(ModeratedText).values(is_flagged=False))
    session.commit()
    opened = session.query(Round).one()
    return {format: make(session, opened, folder, format, screens=False).path for format in Format}


def wait_for_mail(session, seconds=300):
    end = time.monotonic() + seconds
    while outbox.oldest_waiting(session):
        session.rollback()
        assert time.monotonic() < end, "mail still waits"
        time.sleep(0.1)
    session.rollback()


def is_refused(answer):
    return 400 <= answer.status < 500


def is_as_expected(case, answer, kept):
    """Say whether a sending came to what it has to come to."""
    if case.outcome is Outcome.STORED:
        return answer.status == 303 and kept is not None
    return is_refused(answer) and kept is None
