"""Data archive of a report: figures in CSV, described by a data package and a DDI codebook."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from lxml import etree

from consultation.reports import archive, build
from consultation.reports.ddi import NAMESPACE
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report

CODEBOOK = """
codeBook
 docDscr
  citation
   titlStmt
    titl
   prodStmt
    producer
    prodDate
 stdyDscr
  citation
   titlStmt
    titl
    IDNo
   rspStmt
    AuthEnty
   prodStmt
    producer
    prodDate
   verStmt
    version
  stdyInfo
   sumDscr
    nation
    dataKind
  dataAccs
   useStmt
    restrctn
 fileDscr
  fileTxt
   fileName
   dimensns
    caseQnty
    varQnty
   fileType
 dataDscr
"""
VARIABLE = ["labl", "txt", "varFormat"]
"""Elements of DDI-Codebook 2.5 in the order in which it has them: written by hand."""


@pytest.fixture
def report(app, session):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 1234.5, source="=1+1", covers="La France")
    make_public_value(session, organiser, indicator, 3.0, day=None, source="Enquête")
    return make_report(session, organiser, title="Bilan & suite")


@pytest.fixture
def files(report):
    made = archive.archived(report.content, build.front_of(report), "Licence ouverte 2.0")
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_every_figure_has_a_row_and_hidden_ones_no_number(report, files):
    text = files["chiffres.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [row["Référence"] for row in rows] == list(report.content["figures"])
    numbers = {row["Imprimé"]: row["Nombre"] for row in rows if row["Nature"] == "valeur"}
    assert numbers["1\u202f234,5"] == "1234,5"
    assert [number for printed, number in numbers.items() if "moins de" in printed] == [""]
    assert "'=1+1" in text


def test_package_describes_the_files_that_are_there(files):
    package = json.loads(files["datapackage.json"])

    assert set(files) == {"chiffres.csv", "bilan.json", "datapackage.json", "codebook.xml"}
    for resource in package["resources"]:
        content = files[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    header = files["chiffres.csv"].decode("utf-8-sig").splitlines()[0].split(";")
    names = [it["name"] for it in package["resources"][0]["schema"]["fields"]]
    assert names == [it.strip('"') for it in header]
    assert package["licenses"][0]["title"] == "Licence ouverte 2.0"


def test_whole_content_is_the_one_that_was_hashed(report, files):
    assert json.loads(files["bilan.json"]) == report.content


def outline(element, depth=0):
    yield " " * depth + etree.QName(element).localname
    for child in element:
        if etree.QName(child).localname != "var":
            yield from outline(child, depth + 1)


def test_codebook_has_the_elements_of_ddi_in_their_order(report, files):
    book = etree.fromstring(files["codebook.xml"])

    assert "\n".join(outline(book)) == CODEBOOK.strip("\n")
    assert book.get("version") == "2.5"
    assert etree.QName(book).namespace == NAMESPACE
    variables = book.findall(f".//{{{NAMESPACE}}}var")
    assert {tuple(etree.QName(it).localname for it in var) for var in variables} == {
        tuple(VARIABLE)
    }
    header = files["chiffres.csv"].decode("utf-8-sig").splitlines()[0].split(";")
    assert [var[0].text for var in variables] == [it.strip('"') for it in header]
    counted = book.findtext(f".//{{{NAMESPACE}}}caseQnty")
    assert int(counted) == len(report.content["figures"])
    assert book.findtext(f".//{{{NAMESPACE}}}titl") == "Bilan & suite"


def test_same_report_gives_the_same_archive(report):
    twice = {
        archive.archived(report.content, build.front_of(report), "Licence ouverte 2.0")
        for _ in range(2)
    }

    assert len(twice) == 1


def test_archive_and_json_are_public(client, report):
    archive_answer = client.get("/bilan/1/donnees.zip")
    whole = client.get("/bilan/1.json")

    assert archive_answer.status_code == 200
    assert zipfile.is_zipfile(io.BytesIO(archive_answer.data))
    assert whole.json["hash"] == report.content_hash
    assert client.get("/bilan/7/donnees.zip").status_code == 404
