"""Builders of site texts."""

from consultation.clock import now
from consultation.collective import texts
from consultation.collective.texts import SiteTextInForce
from consultation.db.base import writing


def write_site(session, actor, kind, number=0, at=None, **content):
    """Write a version that adapts version `number`; return its number."""
    with writing(session()):
        text = SiteTextInForce(kind, content, number)
        return texts.write(session(), actor, text, at or now())
