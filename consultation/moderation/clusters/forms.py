"""Forms of a cluster: one verdict for all its texts, merge with another cluster."""

from collections.abc import Iterable

from wtforms import Field, RadioField, StringField
from wtforms.validators import ValidationError

from consultation.moderation.bulk import BULK
from consultation.moderation.clusters.queries import Summary
from consultation.moderation.labels import BUTTONS, ERRORS
from consultation.moderation.models import Reason, Verdict
from consultation.text import clip
from consultation.web.forms import ChoiceField, StaffForm, required
from consultation.web.typography import counted

UNDECIDED = ("", "Choisissez…")
LONGEST_EXAMPLE = 70


class ClusterDecisionForm(StaffForm):
    """One verdict for all the texts of a cluster that wait."""

    verdict = RadioField(
        "Que faire de ces textes ?",
        choices=[(verdict.value, BUTTONS[verdict]) for verdict in BULK],
        coerce=lambda value: next((it for it in BULK if it.value == value), None),
        validate_choice=False,
        validators=[required("Choisissez ce qu'il faut faire de ces textes : publier ou écarter.")],
    )
    reason = ChoiceField(
        "Pourquoi, s'ils sont écartés",
        name="raison",
        choices=[UNDECIDED, *Reason.choices()],
        coerce=lambda value: next((it for it in Reason if it.value == value), None),
        validate_choice=False,
    )
    digest = StringField(name="vus", default="")
    """The `digest_of` the texts on that page."""
    confirmed = StringField(name="confirme", default="")
    """Sent by the page that says for how many texts it is."""

    def validate_reason(self, field: Field) -> None:
        if self.verdict.data is Verdict.WITHHOLD and field.data is None:
            raise ValidationError(ERRORS["reason"])


class MergeForm(StaffForm):
    """Another cluster whose texts are to join this one."""

    other = ChoiceField(
        "Textes à réunir à ceux-ci",
        name="autre",
        description="Ses textes viennent ici ; vous pourrez les séparer de nouveau.",
        choices=[UNDECIDED],
        validate_choice=False,
        validators=[required("Choisissez dans la liste les textes à réunir à ceux-ci.")],
    )

    def offer(self, clusters: Iterable[Summary]) -> None:
        self.other.choices = [UNDECIDED, *((it.cluster.public_id, _label(it)) for it in clusters)]


def _label(summary: Summary) -> str:
    texts = counted(summary.facts.texts, "texte", "textes")
    example = clip(summary.example, LONGEST_EXAMPLE)
    return f"{summary.cluster.label} · {texts} · {example}"
