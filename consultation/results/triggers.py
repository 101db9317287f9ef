"""What the database itself notes as a change of the tallies, so that nobody can forget to.

The migrations make these triggers; a test compares what the database holds with this list.
A batch rebuild on SQLite drops the triggers of the table that it rebuilds, and fails on those of
other tables that read it: a migration that rebuilds one of these tables first drops all of them,
and makes them again.

No trigger follows new answers: they are stored with their response, in its transaction.
"""

from typing import NamedTuple


class Trigger(NamedTuple):
    """A trigger that runs after `event` on each row of `table`."""

    name: str
    event: str
    table: str


TRIGGERS = (
    Trigger("tally_response_added", "INSERT", "response"),
    Trigger("tally_response_moved", "UPDATE OF superseded_at, withdrawn_at", "response"),
    Trigger(
        "tally_respondent_changed",
        "UPDATE OF capacity, organisation, territory, channel, standing",
        "respondent",
    ),
    Trigger("tally_aside_added", "INSERT", "response_set_aside"),
    Trigger("tally_aside_changed", "UPDATE", "response_set_aside"),
    Trigger("tally_aside_removed", "DELETE", "response_set_aside"),
    Trigger("tally_answer_changed", "UPDATE OF option_id, number, date", "answer"),
    Trigger("tally_answer_removed", "DELETE", "answer"),
)
