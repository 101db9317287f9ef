"""Services of the team work for those who have the permission."""

import pytest

from consultation.accounts.models import Role
from consultation.web.permissions import NotAllowed, Permission
from consultation.work.services import Work, needs
from tests.moderation.builders import make_actor


@needs(Permission.MODERATE)
def doubled(work, number, *, plus=0):
    """Twice a number."""
    return 2 * number + plus


def test_service_works_for_an_actor_with_its_permission(session):
    work = Work(session, make_actor(session))

    assert doubled(work, 4, plus=1) == 9
    assert doubled.__doc__ == "Twice a number."


def test_service_refuses_an_actor_without_its_permission(session):
    work = Work(session, make_actor(session, "lou", Role.ORGANISER))

    with pytest.raises(NotAllowed) as refused:
        doubled(work, 4)

    assert refused.value.args == (Permission.MODERATE,)
