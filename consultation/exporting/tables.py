"""The workbook's tables, in their order."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.exporting import (
    codebook,
    contributions,
    indicators,
    opinions,
    readme_sheet,
    summary,
    texts,
)
from consultation.exporting.asked import Asked
from consultation.exporting.counting import Counts
from consultation.sheets.tables import Table


def tables(instant: Session, asked: Asked, counts: Counts, at: datetime) -> list[Table]:
    """Return *Lisez-moi*, *Synthèse*, *Indicateurs*, *Avis*, *Contributions*, *Textes* and
    *Dictionnaire*; the rows are read from `instant` when they are written.
    """
    data = [
        module.sheet(instant, asked)
        for module in (summary, indicators, opinions, contributions, texts)
    ]
    sheets = [*data, codebook.sheet(asked, data)]
    readme = readme_sheet.table(asked, counts, sheets, at)
    return [readme, *(sheet.table() for sheet in sheets)]
