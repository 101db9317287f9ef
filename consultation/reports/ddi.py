"""DDI-Codebook 2.5 of a report's data: what archives read of a file, its author, its variables.

https://ddialliance.org/Specification/DDI-Codebook/2.5/
"""

from typing import Any

from lxml.builder import ElementMaker  # type: ignore[import-untyped]  # has no types
from lxml.etree import tostring  # type: ignore[import-untyped]  # has no types

from consultation.clock import in_paris
from consultation.reports.build import Front
from consultation.spreadsheets.table import Column, Table
from consultation.text import clean
from consultation.typesetting.subprocess import AUTHOR

NAMESPACE = "ddi:codebook:2_5"
_XML = "{http://www.w3.org/XML/1998/namespace}"
FORMATS = {"nombre": "numeric", "texte": "character"}


def codebook(
    table: Table, title: str, front: Front, licence: str, file: str, row_count: int
) -> bytes:
    """Return the codebook of a table in a file, as XML in UTF-8."""
    make = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
    day = in_paris(front.made_at).date().isoformat()
    book = make.codeBook(
        make.docDscr(make.citation(make.titlStmt(make.titl(_clean(title))), *_made(make, day))),
        make.stdyDscr(
            make.citation(
                make.titlStmt(make.titl(_clean(title)), make.IDNo(front.hash)),
                make.rspStmt(make.AuthEnty(AUTHOR)),
                *_made(make, day),
                make.verStmt(make.version(str(front.number), date=day)),
            ),
            make.stdyInfo(make.sumDscr(make.nation("France"), make.dataKind("indicateurs"))),
            make.dataAccs(make.useStmt(make.restrctn(_clean(licence)))),
        ),
        make.fileDscr(
            make.fileTxt(
                make.fileName(file),
                make.dimensns(make.caseQnty(str(row_count)), make.varQnty(str(len(table.columns)))),
                make.fileType("text/csv", charset="UTF-8"),
            ),
            ID="F1",
        ),
        make.dataDscr(*(_variable(make, column) for column in table.columns)),
        version="2.5",
    )
    book.set(f"{_XML}lang", "fr")
    written: bytes = tostring(book, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _made(make: Any, day: str) -> list[Any]:
    return [make.prodStmt(make.producer(AUTHOR), make.prodDate(day, date=day))]


def _variable(make: Any, column: Column) -> Any:
    return make.var(
        make.labl(column.header),
        make.txt(column.meaning),
        make.varFormat(type=FORMATS[column.kind]),
        ID=f"V_{column.code}",
        name=column.code,
        files="F1",
    )


def _clean(text: str) -> str:
    return clean(text).replace("\n", " ")
