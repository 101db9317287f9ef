"""The site behind the nginx that our own file sets up."""

import threading
import time
from contextlib import suppress

import pytest

from consultation.token_addresses import token_prefixes
from tests.faults.nginx import NAME, Nginx, hosts
from tests.faults.server import Server
from tests.faults.visiting import CODE, Form

SLOW = 200
SECURITY = (
    "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
    "Referrer-Policy",
)  # fmt: skip
PATH = "/mesures/T7/contribuer"
pytestmark = [pytest.mark.long, pytest.mark.only("sqlite")]  # in front of either it is the same


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """A server and the nginx in front of it, for all the tests of this module."""
    folder = tmp_path_factory.mktemp("behind")
    (folder / "home").mkdir()
    server = Server(folder / "home", TRUSTED_PROXY="127.0.0.1")
    nginx = Nginx(folder / "nginx", server.port)
    base = f"https://{NAME}:{nginx.https}"
    server.environment |= {"CONSULTATION_BASE_URL": base}
    server.start()
    nginx.start()
    yield server, nginx
    nginx.stop()
    server.close()


@pytest.fixture
def logging_visits(behind, tmp_path):
    """Another nginx in front of the same server, that keeps an access log."""
    server, _nginx = behind
    nginx = Nginx(tmp_path / "nginx", server.port)
    nginx.start(logs_visits=True)
    yield nginx
    nginx.stop()


def test_proposed_access_log_holds_no_token(logging_visits):
    token = "abcdefghijklmnopqrstuv"
    addresses = [f"{prefix}/{token}" for prefix in token_prefixes()]

    for address in (f"//recu/{token}", f"/%72ecu/{token}"):
        logging_visits.get(address)
    for address in addresses:
        logging_visits.get(address)
        referer = {"Referer": f"https://{NAME}{address}"}
        logging_visits.get("/static/consultation.css", headers=referer)
    logging_visits.get("/mesures")
    logging_visits.stop()

    written = logging_visits.written()
    assert "GET /mesures" in written
    assert token not in written


def test_visitor_is_answered_by_either_kind_of_address(behind):
    _server, nginx = behind

    for host in hosts():
        nginx.connect(host.strip("[]")).close()


def test_contribution_is_sent_and_received_over_tls(behind):
    _server, nginx = behind

    status, receipt = Form(nginx, PATH, "Derrière nginx").post(nginx)
    shown, _headers, page = nginx.get(receipt)

    assert (status, shown) == (303, 200)
    assert CODE.search(page)


def test_http_leads_to_https_and_nowhere_else(behind):
    _server, nginx = behind

    status, headers = nginx.plain("/mesures?q=abri")

    assert status == 301
    assert headers["Location"] == f"https://{NAME}:{nginx.https}/mesures?q=abri"
    for_machines = [nginx.plain(path)[0] for path in ("/healthz", "/readyz", "/resultats/T7.json")]
    assert for_machines == [404] * 3


@pytest.mark.parametrize("path", ["/", "/mesures", PATH, "/connexion", "/absente", "/healthz"])
def test_each_security_header_stands_once(behind, path):
    _server, nginx = behind

    _status, headers, _page = nginx.get(path)

    assert {name: len(headers.get_all(name, [])) for name in SECURITY} == dict.fromkeys(SECURITY, 1)
    assert headers.get("Server", "nginx") == "nginx"


def test_staff_cookie_is_secure(behind):
    _server, nginx = behind

    _status, headers, _page = nginx.get("/connexion")

    cookies = headers.get_all("Set-Cookie", [])
    assert cookies
    assert all("; Secure" in cookie for cookie in cookies)


def test_slow_visitors_do_not_stop_an_ordinary_one(behind):
    server, nginx = behind
    halt = threading.Event()
    slow = [nginx.connect() for _ in range(SLOW)]
    drip = threading.Thread(target=_drip, args=(slow, halt))
    drip.start()

    times = []
    for number in range(10):
        began = time.monotonic()
        status, receipt = Form(nginx, PATH, f"Au milieu des lents {number}").post(nginx)
        times.append(time.monotonic() - began)
        assert status == 303, receipt
    halt.set()
    drip.join()
    for connection in slow:
        connection.close()

    print(f"\n{SLOW} slow connections: slowest form and receipt {max(times):.2f} s")
    assert sorted(times)[-2] < 3
    assert server.get("/healthz")[0] == 200


def _drip(connections, halt):
    """Send half of them headers, half a body, a byte every half second."""
    for number, connection in enumerate(connections):
        start = f"POST {PATH} HTTP/1.1\r\nHost: {NAME}\r\n"
        body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
        connection.sendall((start + (body if number % 2 else "")).encode())
    while not halt.wait(0.5):
        for connection in connections:
            with suppress(OSError):
                connection.sendall(b"x")


@pytest.mark.parametrize(
    ("mebibytes", "says"), [(5, "trop volumineux"), (17, "Votre envoi est trop lourd")]
)
def test_large_body_is_refused_in_french(behind, mebibytes, says):
    """From 4 MiB on by the site, whose page gives back what was typed; above 16 by nginx."""
    server, nginx = behind
    body = "question_1=" + "x" * (mebibytes * 1024 * 1024)

    status, headers, page = nginx.request("POST", PATH, body)

    assert status == 413
    assert 'lang="fr"' in page
    assert says.casefold() in page.casefold().replace("\xa0", " ")
    assert headers.get_all("Content-Security-Policy") is not None
    if mebibytes < 16:
        assert server.request("POST", PATH, body)[0] == 413


def test_body_below_the_limit_of_the_site_passes_nginx(behind):
    _server, nginx = behind

    status, _headers, _page = nginx.request("POST", PATH, "question_1=" + "x" * (3 * 1024 * 1024))

    assert status not in (413, 502, 503)


def test_restart_shows_a_page_that_says_so_and_never_a_502(behind):
    server, nginx = behind
    seen, halt = [], threading.Event()

    def look():
        while not halt.is_set():
            status, headers, page = nginx.get("/mesures")
            seen.append((status, headers.get("Retry-After"), "revient dans un instant" in page))
            time.sleep(0.02)

    watching = threading.Thread(target=look)
    watching.start()
    time.sleep(0.3)
    server.stop()
    time.sleep(0.5)
    _status, headers, page = nginx.get("/mesures")
    server.start()
    time.sleep(0.5)
    halt.set()
    watching.join()

    statuses = [status for status, _after, _page in seen]
    print(f"\nrestart: {statuses.count(200)} pages, {statuses.count(503)} times the page of nginx")
    assert set(statuses) == {200, 503}
    assert {(after, is_page) for status, after, is_page in seen if status == 503} == {("15", True)}
    assert {name: len(headers.get_all(name, [])) for name in SECURITY} == dict.fromkeys(SECURITY, 1)
    assert "Le site revient dans un instant" in page
    assert statuses[-1] == 200


def test_limits_count_visitors_apart_and_believe_nobody_else(behind):
    """What nginx says of a visitor's address is believed; what a visitor says is replaced."""
    server, nginx = behind
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}

    _status, through, _page = nginx.get("/", headers=told)
    _status, straight, _page = server.get("/", headers={"X-Forwarded-Proto": "https"})

    assert "Strict-Transport-Security" in through
    assert "Strict-Transport-Security" in straight  # from the loopback, where nginx is


def test_nobody_is_written_down(behind):
    _server, nginx = behind
    for path in ("/recu/secret-canari", "/mesures?q=canari", "/contributions/ouvrir/canari"):
        nginx.get(path)
    with suppress(OSError), nginx.connect() as broken:
        broken.sendall(b"canari\r\n\r\n")
        broken.recv(1000)

    assert "canari" not in nginx.written()
    assert "127.0.0.1" not in nginx.written()
