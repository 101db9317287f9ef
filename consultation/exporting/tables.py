"""The workbook's tables, in their order."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.exporting import (
    campaigns,
    codebook,
    contributions,
    crosstabs,
    disagreements,
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
from consultation.exporting.figures import figures_of
from consultation.sheets.tables import Table


def tables(
    instant: Session, asked: Asked, counts: Counts, at: datetime, site: str = ""
) -> list[Table]:
    """Return *Lisez-moi*, the sheets in their order, and *Dictionnaire*; the rows are read from
    `instant` when they are written.  Raise `CountsDisagree`.
    """
    figures = figures_of(instant, asked, {*indicators.COUNTED, *crosstabs.CROSSED})
    data = [
        summary.sheet(instant, asked),
        indicators.sheet(asked, figures),
        *(module.sheet(instant, asked) for module in (opinions, contributions, texts)),
        crosstabs.sheet(asked, figures),
        hearing.sheet(instant, asked),
        disagreements.sheet(asked, figures),
        campaigns.sheet(instant, asked),
    ]
    if not asked.is_anonymised:
        data.append(revisions.sheet(instant, asked))
    data.append(journal.sheet(instant, asked, counts))
    sheets = [*data, codebook.sheet(asked, data)]
    readme = readme_sheet.table(asked, counts, sheets, at, site)
    return [readme, *(sheet.table() for sheet in sheets)]
