import pytest

from consultation.i18n import Labelled
from consultation.plan.models import Assessor
from consultation.plan.values.models import Reporter
from consultation.web.locale import in_language
from consultation.web.typography import label_of


def test_member_of_a_labelled_enumeration_has_its_stored_value_and_its_label():
    assert (Reporter.STATE, Reporter.STATE.label) == ("state", "État")
    assert Reporter("state") is Reporter.STATE
    assert Reporter.choices()[0] == ("state", "État")


def test_member_without_a_label_is_refused():
    with pytest.raises(TypeError, match="later has no label"):

        class _Unlabelled(Labelled):
            LATER = "later"


def test_label_in_public_is_in_the_language_of_the_page(app):
    with app.test_request_context("/"):
        french = label_of(Reporter.STATE)
        with in_language("en"):
            english = label_of(Reporter.STATE)

    assert (french, english) == ("l’État", "the State")


def test_equal_values_of_two_enumerations_keep_their_own_labels(app):
    with app.test_request_context("/"):
        labels = [label_of(it) for it in (Reporter.STATE, Assessor.STATE)]

    assert labels == ["l’État", "L’État"]
