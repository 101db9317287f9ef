"""Texts that have come in and were screened, stored in bulk, and what became of them."""

from datetime import UTC, datetime, timedelta
from itertools import groupby, zip_longest

import sqlalchemy as sa

from consultation.db.base import Base, writing
from consultation.moderation.clusters.clustering import cluster_due
from consultation.moderation.models import ModeratedText, TextCluster
from consultation.questionnaires.models import Destination, Question, QuestionKind
from consultation.responses.models import Answer, Respondent, Response, Submission
from consultation.responses.submission import receipt
from tests.factories import make_measure, make_round

CAME = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PETITION = (
    "Nous demandons que chaque département ouvre des places d'hébergement réservées aux victimes,"
    " et que leur nombre soit publié tous les ans."
)
OTHER_PETITION = (
    "L'argent confisqué aux réseaux doit revenir à celles et ceux qui ont été exploités, sans"
    " attendre la fin de la procédure."
)


def open_forms(session):
    """Open a round; return it and its long-text questions, neighbours being on different forms."""
    make_measure(session, "T4", "Accès à l'emploi", indicators=1)
    make_measure(session, "T7", "Hébergement spécialisé", indicators=2)
    opened = make_round(session)
    session.commit()
    questions = session.scalars(
        sa.select(Question)
        .where(Question.kind == QuestionKind.LONG_TEXT, Question.destination == Destination.ANSWER)
        .order_by(Question.questionnaire_id, Question.id)
    ).all()
    by_form = [
        list(form)
        for _form, form in groupby(questions, lambda answer_id: answer_id.questionnaire_id)
    ]
    mixed = [
        answer_id for row in zip_longest(*by_form) for answer_id in row if answer_id is not None
    ]
    assert mixed[0].questionnaire_id != mixed[1].questionnaire_id
    return opened, mixed


class Intake:
    """Brings in texts, one question after the other, and lets the worker compare them."""

    def __init__(self, session):
        self.session = session
        self.round, self.questions = open_forms(session)
        self.count = 0

    def receive(self, *texts, organisation=None, days=0, respondent_id=None, flagged=False):
        """Store each text as a response of its own, screened; return the ids of their answers."""
        with writing(self.session):
            return self._store(texts, organisation, days, respondent_id, flagged)

    def _store(self, texts, organisation, days, respondent_id, flagged):
        at = CAME + timedelta(days=days)
        first, self.count = self.count, self.count + len(texts)
        numbers = range(first, self.count)
        respondents = [respondent_id] * len(texts)
        if respondent_id is None:
            respondents = self._insert(
                Respondent,
                [
                    {
                        "round_id": self.round.id,
                        "capacity": "citizen",
                        "organisation": organisation,
                        "notice_version": "1",
                        "locale": "fr",
                        "created_at": at,
                    }
                    for _ in numbers
                ],
            )
        submissions = self._insert(
            Submission, [{"key": f"key{number}", "received_at": at} for number in numbers]
        )
        questions = [self.questions[number % len(self.questions)] for number in numbers]
        responses = self._insert(
            Response,
            [
                {
                    "submission_id": submission,
                    "respondent_id": respondent,
                    "questionnaire_id": question.questionnaire_id,
                    "receipt_code": receipt.new_code(),
                    "content_hash": str(number),
                    "submitted_at": at,
                }
                for number, submission, respondent, question in zip(
                    numbers, submissions, respondents, questions, strict=True
                )
            ],
        )
        answers = self._insert(
            Answer,
            [
                {"response_id": response, "question_id": question.id, "text": text}
                for response, question, text in zip(responses, questions, texts, strict=True)
            ],
        )
        screened = [
            {
                "answer_id": answer,
                "is_flagged": flagged,
                "screened_at": at,
                "screened_by": "test",
            }
            for answer in answers
        ]
        self.session.execute(sa.insert(Base.metadata.tables["moderated_text"]), screened)
        return list(answers)

    def _insert(self, model, rows):
        table = Base.metadata.tables[model.__tablename__]
        statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return self.session.scalars(statement, rows).all()

    def compare(self):
        """Let the worker compare what is due; return the cluster of each text."""
        cluster_due(self.session, seconds=60)
        return self.clusters()

    def clusters(self):
        """The cluster of each text by the id of its answer, None for one that is alone."""
        self.session.rollback()
        self.session.expire_all()
        rows = self.session.execute(
            sa.select(ModeratedText.answer_id, ModeratedText.cluster_id).order_by(
                ModeratedText.answer_id
            )
        )
        return dict(rows.all())

    def groups(self):
        """The texts that are together, as a set of sets of ids."""
        cluster = {}
        for answer_id, cluster_id in self.clusters().items():
            if cluster_id is not None:
                cluster.setdefault(cluster_id, set()).add(answer_id)
        return set(map(frozenset, cluster.values()))

    def cluster_of(self, answer_id):
        """The cluster that a text is in."""
        return self.session.get(TextCluster, self.clusters()[answer_id])

    def text(self, answer_id):
        """A text as moderation knows it now."""
        self.session.rollback()
        return self.session.get(ModeratedText, answer_id, populate_existing=True)
