"""What `consultation doctor` finds of the mail: what counts as a fault, and what is only told."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
import trustme

from consultation import diagnosis, site_checks
from consultation.clock import now
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


@pytest.fixture
def browsers_trust(tmp_path, monkeypatch):
    """An authority that browsers on this machine trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    return authority


@pytest.fixture
def front_server():
    """Start something that greets one visitor over TLS, and return its address."""
    threads = []

    def start(certificate):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        listener = socket.create_server(("127.0.0.1", 0))

        def greet():
            # The visitor may not like the certificate.
            with listener, listener.accept()[0] as plain, suppress(OSError):
                context.wrap_socket(plain, server_side=True).close()

        threads.append(threading.Thread(target=greet))
        threads[-1].start()
        return {"BASE_URL": f"https://localhost:{listener.getsockname()[1]}"}

    yield start
    for thread in threads:
        thread.join()


def test_the_certificate_of_the_site_is_looked_at(front_server, browsers_trust):
    (found,) = site_checks.certificate(front_server(browsers_trust.issue_cert("localhost")))

    assert found.is_fine
    assert found.says.startswith("TLS 1.3, certificat encore bon ")


@pytest.mark.parametrize("fault", ["unknown", "name", "soon"])
def test_a_certificate_that_browsers_refuse_is_a_fault(front_server, browsers_trust, fault):
    certificate = {
        "unknown": lambda: trustme.CA().issue_cert("localhost"),
        "name": lambda: browsers_trust.issue_cert("ailleurs.example"),
        "soon": lambda: browsers_trust.issue_cert("localhost", not_after=now() + timedelta(days=5)),
    }[fault]()

    (found,) = site_checks.certificate(front_server(certificate))

    assert not found.is_fine
    assert "renouvelez-le" in found.says


def test_a_site_that_is_not_reached_from_here_is_no_fault():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    (found,) = site_checks.certificate({"BASE_URL": f"https://127.0.0.1:{port}"})

    assert found.is_fine
    assert not found.is_known
    assert site_checks.certificate({"BASE_URL": "http://127.0.0.1:8000"}) == []


@pytest.mark.parametrize(
    ("url", "verdicts"),
    [
        ("sqlite:////srv/consultation.sqlite", []),
        ("postgresql://consultation@localhost/consultation", []),
        ("postgresql://consultation@base.example/consultation?sslmode=verify-full", [True]),
        ("postgresql://consultation@base.example/consultation?sslmode=require", [False]),
        ("postgresql://consultation@base.example/consultation", [False]),
    ],
)
def test_a_distant_database_without_tls_is_a_fault(url, verdicts):
    found = site_checks.database_link({"DATABASE_URL": url})

    assert [finding.is_fine for finding in found] == verdicts
