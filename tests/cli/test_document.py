"""The command that writes the working document."""

import pypdf

from tests.decisions.conftest import opened as opened
from tests.decisions.conftest import organiser as organiser
from tests.documents.builders import two_editions


def test_document_is_written_and_its_place_is_said(run, session, opened, organiser, tmp_path):
    two_editions(session, organiser)

    done = run("document", "--edition", 2, "--since", 1, "--language", "en", "--output", tmp_path)

    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob("document-edition-2-depuis-1-en-*.pdf")
    assert str(path) in done.output
    assert pypdf.PdfReader(path).metadata.title == "Deuxième version"


def test_edition_that_is_not_published_is_refused_in_a_sentence(run, opened, tmp_path):
    refused = run("document", "--edition", 4, "--output", tmp_path)

    assert refused.exit_code == 1
    assert refused.output == "L'édition 4 n'est pas publiée : choisissez-en une autre.\n"
    assert list(tmp_path.glob("document-*")) == []
