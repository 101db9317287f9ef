"""What is stored, public or in somebody's hands keeps its name, however the code is arranged."""

from tests import stored_strings


def test_stored_strings_are_those_of_the_list(app):
    listed = stored_strings.LIST.read_text("utf-8").splitlines()

    assert stored_strings.lines(app) == listed
