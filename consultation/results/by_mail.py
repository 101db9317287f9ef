"""What came by mail stands apart from the public figures, as one number of its own.

A mail ticks nothing.  Counted in the tables it would fill « no answer » and nothing else, and
whoever knows that could take it away from them, and find what they hide of the forms.
"""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.inbox.models import Conversion
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Response
from consultation.results import cells
from consultation.results.small_cells import Publication, publishable
from consultation.results.small_cells_grid import TOTAL
from consultation.results.tallies import counts_in

CAME_BY_MAIL = sa.exists().where(Conversion.response_id == Response.id)
"""The condition that a response was a mail, whoever wrote it: others may have written mails too."""


def count(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, int]:
    """Return how many mails count in a round, for each measure that has any (None: the tool)."""
    found = session.execute(
        cells.responses(Questionnaire.measure_id, sa.func.count())
        .where(counts_in(round_id), CAME_BY_MAIL, *cells.of_measures(measures))
        .group_by(Questionnaire.measure_id)
    )
    return dict(found.all())


def publication(number: int, earlier: Sequence[Publication], small: int) -> Publication:
    """Return what may be public of a number of mails, by the rule that holds for all figures."""
    return publishable({TOTAL: number}, earlier, small)
