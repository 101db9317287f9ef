"""Sendings of an odd size or shape: too long, too many, missing, repeated, of another type."""

from urllib.parse import urlencode

from tests.hostile.cases import LONGEST, LONGEST_LINE, Case, Outcome

SERVER_SET = {
    "id": "1", "public_id": "inconnu", "response_id": "1", "respondent_id": "1",
    "receipt_code": "AAAA", "submitted_at": "1999-01-01", "superseded_at": "1999-01-01",
    "withdrawn_at": "1999-01-01", "revision": "9", "channel": "mail", "standing": "confirmed",
    "locale": "en", "notice_version": "1999-01", "doubt": "", "state": "published",
    "is_flagged": "0", "erased_at": "1999-01-01", "round_id": "9", "role": "administrator",
    "content_hash": "x", "questionnaire": "9", "csrf_token": "x", "space": "1",
    "consent_named": "yes", "_method": "DELETE", "__proto__[x]": "1", "constructor": "x",
    "validate": "x", "populate_obj": "x", "data": "x", "errors": "x", "meta": "x", "process": "x",
}  # fmt: skip
"""Fields that nothing asks for: some are columns that only the server fills in."""


def _stored(typed=None, expected=None, body=None):
    return Case("shapes", typed or {}, expected=expected or {}, body=body, is_bare=True)


def _refused(typed=None, body=None):
    return Case("shapes", typed or {}, Outcome.REFUSED, body=body, is_bare=True)


def _with_more(more):
    return lambda pairs, names: urlencode([*pairs, *more]).encode()


def _again(question, *values):
    """The same field again, after what was typed."""
    return lambda pairs, names: urlencode(
        [*pairs, *((names[question], value) for value in values)]
    ).encode()


def _without(*left_out):
    return lambda pairs, names: urlencode(
        [pair for pair in pairs if pair[0] not in [names.get(one, one) for one in left_out]]
    ).encode()


def _sizes(chance):
    """Texts about as long as they may be, counted as browsers count them."""
    for maximum, question in ((LONGEST, "suggestions"), (LONGEST_LINE, "organisation")):
        for character, units in (
            ("a", 1),
            ("é", 1),
            ("\U0001f4a7", 2),
            ("e\u0301", 2),
            ("'", 1),
            ("<", 1),
        ):
            whole = character * (maximum // units)
            yield _stored({question: whole})
            yield _stored({question: whole[: -len(character)]})
            yield _refused({question: whole + "a"})
            yield _refused({question: whole * chance.randint(2, 9)})
    yield _stored({"suggestions": "a\r\n" * (LONGEST // 2)})
    yield _refused({"suggestions": "a\r\n" * (LONGEST // 2) + "ab"})
    yield _stored({"suggestions": " " * 9000 + "a"})
    yield _refused({"suggestions": ""})
    for blank in (" ", "\r\n", "\t", "\u00a0", "\u3000", "\x01", "\u2028"):
        yield _refused({"suggestions": blank * chance.randint(1, 99)})


def _choices(chance):
    """What is chosen: what was offered, once, and nothing else."""
    for note in (*map(str, range(1, 10)), "none"):
        yield _stored({"scale": note})
    for note in (
        "0",
        "10",
        "-1",
        "1.0",
        "1,0",
        "01",
        "+1",
        " 5",
        "5 ",
        "５",
        "x",
        "NONE",
        "9" * 99,
        "1;2",
    ):
        yield _refused({"scale": note})
    yield _refused({"scale": ["1", "2"]})
    yield _stored({"scale": ["3", "3"]})
    yield _stored({"means": ["law", "money"]})
    yield _stored({"means": ["money", "law", "law", ""]})
    for wrong in (["law", "others"], ["LAW"], ["law money"], ["law,money"], ["1"], ["' OR 1=1"]):
        yield _refused({"means": wrong})
    yield _refused({"capacity": None})
    yield _refused({"capacity": ["citizen", "police"]})
    for wrong in ("", "minister", "Citizen", "citizen ", "1", "citizen\x01"):
        yield _refused({"capacity": wrong})
    yield _refused({"standing": ["done", "unknown"]})
    yield _refused({"territory": "atlantide"})


def _shapes(chance):
    """Fields that are missing, unknown, repeated, nested or far too many."""
    for left_out in ("submission_key", "capacity", "suggestions"):
        yield _refused(body=_without(left_out))
    yield _stored(body=_without("name", "email"), expected={"name": None, "email": None})
    yield _refused(body=lambda pairs, names: b"")
    yield _refused(body=lambda pairs, names: b"&" * 1500)
    yield _refused(body=lambda pairs, names: b"a=1&" * 100_000)
    yield _refused(body=lambda pairs, names: b"a" * 5_000_000)
    yield _refused(body=lambda pairs, names: b'{"suggestions": "x"}')
    yield _stored(body=_again("suggestions", "Un autre.", "Encore un autre."))
    yield _stored(body=_with_more([("x", "y" * 50_000)]))
    yield _stored(body=_with_more([(f"question_{number}", "1") for number in range(9_000, 10_500)]))
    for key in ("", "x", "e30.x.y", "[]", "WyIiXQ.x.x", "a" * 9000, "\x01", "é"):
        yield _refused({"submission_key": key})
    for depth in (1, 10, 1000):
        yield _stored(body=_with_more([("question_1" + "[a]" * depth, "1")]))
    for name in (
        "question_",
        "question_x",
        "question_-1",
        "question_9" * 40,
        "question_1;2",
        "q" * 9000,
        "",
    ):
        yield _stored(body=_with_more([(name, "1")]))
    for name, value in SERVER_SET.items():
        yield _stored(body=_with_more([(name, value)]))
    yield _stored(body=_with_more(list(SERVER_SET.items()) * chance.randint(2, 20)))


def shaped(chance, count):
    """Each shape in turn, and again with other lengths; the largest bodies only once."""
    made = []
    while len(made) < count:
        made += [*_sizes(chance), *_choices(chance), *_shapes(chance)]
    return chance.sample(made, count)
