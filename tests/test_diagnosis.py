"""What `consultation doctor` finds of the mail: what counts as a fault, and what is only told."""

import pytest

from consultation import diagnosis
from tests.mail.dns_server import names as names


@pytest.fixture
def settings(settings):
    return settings | {
        "MAIL_SERVER": "relais.exemple.fr",
        "MAIL_USE_TLS": False,  # nothing is connected to
        "MAIL_SENDER": "contact@exemple.fr",
    }


def findings(app, session, names):
    found = diagnosis.examine(session, app.config, names.resolver)
    return {finding.subject: finding for finding in found}


def test_what_the_domain_lacks_is_a_fault_with_the_record_to_publish(app, session, names):
    names.holds("exemple.fr", "MX", "10 boite.exemple.fr.")

    found = findings(app, session, names)["SPF de exemple.fr"]

    assert not found.is_fine
    assert found.says.endswith(
        '\n        À publier : exemple.fr. TXT "v=spf1 a:relais.exemple.fr ~all"'
    )


def test_what_could_not_be_looked_at_is_told_and_is_no_fault(app, session, names):
    found = findings(app, session, names)["domaine exemple.fr"]

    assert found.is_fine
    assert not found.is_known
    assert "rien n'a pu être vérifié" in found.says


def test_the_domain_is_looked_at_after_the_server_and_before_what_waits(app, session, names):
    subjects = list(findings(app, session, names))

    place = subjects.index("domaine exemple.fr")
    assert subjects.index("courrier") < place < subjects.index("courriels en attente")


def test_mails_that_stay_here_need_no_domain(app, session, names):
    app.config["MAIL_SERVER"] = ""

    found = findings(app, session, names)

    assert "adresse d'expéditeur" not in found
    assert names.asked == []
