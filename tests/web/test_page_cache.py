"""Page cache: what is kept of a page holds nothing of a visitor, and is filled in for each."""

import gzip

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
