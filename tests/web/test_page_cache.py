"""Page cache: what is kept of a page holds nothing of a visitor, and is filled in for each."""

import gzip
import os

import pytest

from consultation.web import page_cache


def greeting(values):
    return f"<p>{values['name']} {'é' * 2000} {values['code']} {values['name']}</p>"


@pytest.fixture
def cached():
    return page_cache.render_with_placeholders(("name", "code"), greeting)


@pytest.mark.parametrize("encodings", ["identity", "gzip"])
def test_cached_page_is_filled_in_with_escaped_values(app, cached, encodings):
    with app.test_request_context("/", headers={"Accept-Encoding": encodings}):
        response = page_cache.fill(cached, {"name": "<Ada>", "code": "1'2"})

    is_packed = response.headers.get("Content-Encoding") == "gzip"
    body = gzip.decompress(response.data) if is_packed else response.data
    assert is_packed is (encodings == "gzip")
    assert body.decode() == greeting({"name": "&lt;Ada&gt;", "code": "1&#39;2"})


def test_cached_page_keeps_no_value_of_a_visitor(app, cached):
    with app.test_request_context("/"):
        page_cache.fill(cached, {"name": "Ada", "code": "12"})

    assert cached.placeholders == ("name", "code", "name")
    assert b"Ada" not in b"".join(cached.parts)


def test_page_without_one_of_its_placeholders_is_not_cached():
    with pytest.raises(ValueError, match="placeholder"):
        page_cache.render_with_placeholders(("name", "code"), lambda values: values["name"])


def test_packed_cache_gives_what_was_made_once():
    cache = page_cache.PackedCache()

    contents = [cache.content("page", it.encode) for it in ("première" * 200, "seconde")]

    assert contents == [("première" * 200).encode()] * 2
    assert cache.size < 200


def test_packed_cache_stays_below_its_size_and_keeps_what_is_wanted():
    cache = page_cache.PackedCache(most=10_000)
    cache.content("wanted", lambda: b"first")

    for number in range(50):
        cache.content(number, lambda: os.urandom(1000))
        assert cache.content("wanted", lambda: b"again") == b"first"
        assert cache.size <= 10_000

    assert cache.content(0, lambda: b"anew") == b"anew"
    assert cache.size > 9_000


def test_packed_cache_does_not_keep_what_is_larger_than_all_of_it():
    cache = page_cache.PackedCache(most=100)

    cache.content("page", lambda: os.urandom(1000))

    assert cache.size == 0
