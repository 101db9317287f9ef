"""The classes of sendings, how many there are of each, and the list of one run."""

import random

from tests.hostile.addressed import addressed
from tests.hostile.cases import SEED
from tests.hostile.characters import characters
from tests.hostile.connected import expectations, pipelines, strangers
from tests.hostile.counted import counted
from tests.hostile.encoded import encoded
from tests.hostile.framed import frames, types
from tests.hostile.honest import honest
from tests.hostile.injected import queries, templates
from tests.hostile.markup import markup
from tests.hostile.requested import conditions, heads, hosts, methods, targets
from tests.hostile.shaped import shaped
from tests.hostile.spreadsheet_texts import formulas, lookalikes

CLASSES = (
    (markup, 2000),
    (formulas, 1000),
    (lookalikes, 500),
    (queries, 700),
    (templates, 400),
    (characters, 1200),
    (encoded, 700),
    (addressed, 800),
    (counted, 700),
    (shaped, 500),
    (honest, 800),
)
"""What a form can send."""
REQUESTS = (
    (methods, 70),
    (targets, 120),
    (heads, 90),
    (conditions, 50),
    (hosts, 30),
    (frames, 180),
    (types, 60),
    (strangers, 50),
    (pipelines, 30),
    (expectations, 20),
)
"""What else a connection can bring."""


def all_cases(part=1):
    """The sendings of a run, or one in so many of each class, numbered."""
    chance = random.Random(SEED)
    made = [case for make, count in CLASSES for case in make(chance, count // part)]
    return [case.numbered(number) for number, case in enumerate(made)]


def all_requests(part=1):
    """The connections of a run, or one in so many of each class."""
    chance = random.Random(SEED)
    return [case for make, count in REQUESTS for case in make(chance, count // part)]
