"""What tests of translators share: a site with one text of each kind, and sheets as they return."""

import csv
import io

from consultation.clock import now
from consultation.collective.models import SiteTextKind
from consultation.translators.texts import texts
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.invitations.builders import make_group, make_mailing

SENDER = "contact@exemple.fr"
FRENCH = "Le matin.\n\nLe soir."


def furnish(session, actor):
    """A site on which a text of each kind is written; return the open round."""
    make_measure(session, "T7", indicators=1)
    round_, group = make_round(session), make_group(session)
    session.commit()
    write_site(session, actor, SiteTextKind.HELP, fr=FRENCH)
    make_mailing(session, round_, group)
    return round_


def walk(session, at=None):
    session.rollback()
    return texts(session(), SENDER, at or now())


def rows_of(data):
    """The rows of a CSV, by their headers."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def csv_of(rows):
    """The rows as a spreadsheet saves them."""
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode("utf-8-sig")
