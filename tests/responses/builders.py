"""What a browser does with a form: here, the proof of work that a page may ask for."""

import html
import json
import re

import altcha


def challenge_in(page):
    """The challenge that a page holds, as its script reads it."""
    return html.unescape(re.search(r'data-challenge="([^"]*)"', page.text)[1])


def solve(challenge):
    """The proof that a browser would send back."""
    asked = altcha.Challenge.from_dict(json.loads(challenge))
    return altcha.Payload(asked, altcha.solve_challenge(asked)).to_base64()
