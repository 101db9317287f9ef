"""Builders of browser answers: the proof of work and the identity fields of a page."""

import html
import json
import re

import altcha


def challenge_in(page):
    """The challenge that a page holds, as its script reads it."""
    return html.unescape(re.search(r'data-challenge="([^"]*)"', page.text)[1])


def solve(challenge):
    """The proof that a browser would send back."""
    puzzle = altcha.Challenge.from_dict(json.loads(challenge))
    return altcha.Payload(puzzle, altcha.solve_challenge(puzzle)).to_base64()


def identity_fields(page, **answers):
    """The fields of the page by what they ask, found by their labels."""
    labels = {
        "capacity": "À quel titre répondez-vous",
        "organisation": "Votre organisation",
        "email": "Votre adresse électronique",
    }
    return {
        re.search(rf'for="(question_\d+)">{labels[code]}', page.text)[1]: value
        for code, value in answers.items()
    }
