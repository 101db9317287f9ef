"""Answers that an address gives the browser: a page, or a file that it keeps."""

from playwright.sync_api import Error


def page_at(page, address):
    """Open an address; return the answer if it is a page, and nothing if it is a file."""
    try:
        answer = page.goto(address)
    except Error as refusal:
        assert "Download is starting" in str(refusal)  # noqa: PT017 - as the browser says it
        return None
    return answer if answer.headers.get("content-type", "").startswith("text/html") else None
