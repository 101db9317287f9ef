"""The workbook's tables, in their order."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.exporting import (
    campaigns,
    codebook,
    contributions,
    crosstabs,
    hearing,
    indicators,
    journal,
    opinions,
    readme_sheet,
    revisions,
    summary,
    texts,
)
from consultation.exporting.asked import Asked
from consultation.exporting.counting import Counts
from consultation.sheets.tables import Table


def tables(instant: Session, asked: Asked, counts: Counts, at: datetime) -> list[Table]:
    """Return *Lisez-moi*, the sheets in their order, and *Dictionnaire*; the rows are read from
    `instant` when they are written.  Raise `CountsDisagree`.
    """
    modules = (
        summary,
        indicators,
        opinions,
        contributions,
        texts,
        crosstabs,
        hearing,
        campaigns,
        revisions,
    )
    data = [module.sheet(instant, asked) for module in modules]
    data.append(journal.sheet(instant, asked, counts))
    sheets = [*data, codebook.sheet(asked, data)]
    readme = readme_sheet.table(asked, counts, sheets, at)
    return [readme, *(sheet.table() for sheet in sheets)]
