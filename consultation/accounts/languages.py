"""Languages that members of the team read; French is presupposed."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountLanguage, AccountRole
from consultation.accounts.roles import GRANTS
from consultation.i18n import DEFAULT_LOCALE, SHIPPED
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

FOREIGN = {tag: it.french_name for tag, it in SHIPPED.items() if it.lang != DEFAULT_LOCALE}
"""The languages in which somebody may write on a site, by their tags, with their French names."""


def of(session: Session, account_id: int) -> frozenset[str]:
    """Return the tags of the languages that an account reads beside French."""
    tags = sa.select(AccountLanguage.tag).where(AccountLanguage.account_id == account_id)
    return frozenset(session.scalars(tags))


def read_by(permission: Permission) -> sa.Select[str]:
    """Select the same of all open accounts whose roles give `permission`."""
    roles = [role for role, permissions in GRANTS.items() if permission in permissions]
    return (
        sa.select(AccountLanguage.tag)
        .join(Account, Account.id == AccountLanguage.account_id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(Account.active, AccountRole.role.in_(roles))
    )


@needs(Permission.WORKSPACE)
def choose(work: Work, tags: Collection[str]) -> None:
    """Note which languages the actor reads beside French, in the place of what was noted."""
    own = AccountLanguage.account_id == work.actor.id
    chosen, before = [tag for tag in FOREIGN if tag in tags], of(work.session, work.actor.id)
    if before == frozenset(chosen):
        return
    work.session.execute(sa.delete(AccountLanguage).where(own))
    work.session.add_all(AccountLanguage(account_id=work.actor.id, tag=tag) for tag in chosen)
    audit_log.log(work, "own_languages_chosen", str(work.actor.id), {"languages": chosen})
