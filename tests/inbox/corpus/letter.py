"""One mail of the corpus, and the measures that it may name: examples, none of them official."""

from dataclasses import dataclass

from consultation.inbox.measure_proposals import KnownMeasure
from consultation.inbox.models import Sort

KNOWN = (
    KnownMeasure(1, "T1", ("Repérage des victimes", "Finding the victims")),
    KnownMeasure(2, "T2", ("Hébergement et mise à l'abri", "Housing and shelter")),
    KnownMeasure(3, "T4", ("Formation des professionnels au contact du public",
                           "Training of professionals who meet the public")),
    KnownMeasure(4, "T10", ("Protection des mineurs exploités", "Protection of exploited minors")),
    KnownMeasure(5, "3", ("Publier un rapport annuel sur la traite des êtres humains",
                          "Publish a yearly report on trafficking in human beings")),
    KnownMeasure(6, "12", ("Ouvrir des places d'accueil dédiées dans chaque région",
                           "Open dedicated places in every region")),
    KnownMeasure(7, "13", (("Informer les victimes de leurs droits dans une langue "
                            "qu'elles comprennent"),
                           "Tell victims their rights in a language that they understand")),
    KnownMeasure(8, "14", ("Indemniser les victimes", "Compensate the victims")),
    KnownMeasure(9, "27", ("Contrôler les conditions de travail dans les exploitations agricoles",
                           "Inspect working conditions on farms")),
)  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """A mail, its kind, the first and last words to keep, what must not be kept, its measures.

    `starts` None: what is kept of it is not judged.  `is_held_out`: not looked at when tuning.
    """

    name: str
    raw: bytes
    sort: Sort = Sort.PERSON
    reason: str | None = None
    starts: str | None = None
    ends: str | None = None
    never: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    is_held_out: bool = False
