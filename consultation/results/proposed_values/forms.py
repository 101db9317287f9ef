"""Form of why a proposed value is set aside."""

from consultation.web.forms import LineField, StaffForm, at_most, required

LONGEST_REASON = 500


class SetAsideForm(StaffForm):
    """The reason, for the team."""

    reason = LineField(
        "Pourquoi l'écarter",
        [required("Dites pourquoi vous l'écartez : l'équipe le lira."), at_most(LONGEST_REASON)],
        description="Pour l'équipe. Sans nom de personne.",
    )
