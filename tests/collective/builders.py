"""Builders of site texts."""

from consultation.clock import now
from consultation.collective import texts
from consultation.collective.texts import SiteTextInForce
from consultation.db.base import writing
from consultation.work.services import Work


def write_site(session, actor, kind, number=0, at=None, **content):
    """Write a version that adapts version `number`; return its number."""
    with writing(session()):
        text = SiteTextInForce(kind, content, number)
        return texts.write(Work(session(), actor, at or now()), text)
