"""Compression of responses, where it is safe and worth it."""

import gzip

import pytest
from flask.testing import FlaskClient

ACCEPTS = {"Accept-Encoding": "gzip"}


def test_page_is_compressed_for_who_accepts_it(client):
    plain, small = client.get("/accessibilite"), fetch(client, "/accessibilite")

    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data) / 1.5
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_static_file_is_compressed_and_equal(client):
    plain = client.get("/static/consultation.css", buffered=True)

    small = fetch(client, "/static/consultation.css")

    assert gzip.decompress(small.data) == plain.data


@pytest.mark.parametrize("address", ["/connexion", "/organisation/"])
def test_pages_of_the_staff_are_not_compressed(client, address):
    assert "Content-Encoding" not in fetch(client, address).headers


def test_what_is_small_is_left_alone(client):
    assert "Content-Encoding" not in fetch(client, "/healthz").headers


def fetch(client, address):
    """Get an address as it goes over the wire."""
    app = client.application
    return FlaskClient(app, app.response_class).get(address, headers=ACCEPTS, buffered=True)
