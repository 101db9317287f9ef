"""Images of PNG made by hand, with texts in them or without, and readings of pages."""

import zlib

from flask import current_app

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.readings import png, service
from consultation.readings.pages import PageKey, TextSources, digest_of
from consultation.readings.queries import NewReading
from consultation.work.services import Work

TAG = "fr-x-facile"


def chunk(kind, data=b""):
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def head(width=64, height=48, depth=8, colours=2, interlacing=0):
    sides = width.to_bytes(4) + height.to_bytes(4)
    return chunk(b"IHDR", sides + bytes([depth, colours, 0, 0, interlacing]))


def image(*more, width=64, height=48, pixels=None, first=None, last=None):
    """An image of one colour; `more` are chunks before its pixels."""
    lines = bytes(1) + b"\x20\x60\xa0" * width
    data = zlib.compress(lines * height if pixels is None else pixels)
    first = head(width, height) if first is None else first
    last = chunk(b"IEND") if last is None else last
    return png.SIGNATURE + first + b"".join(more) + chunk(b"IDAT", data) + last


def sources(session):
    return TextSources(session(), now(), current_app.config, InstrumentCache())


def note(session, actor, page, code="", readers="Karim et Ana", replaced=""):
    """Note a reading of a page as it is now."""
    key = PageKey(TAG, page, code)
    digest = digest_of(sources(session), key)
    with writing(session()):
        read = NewReading(readers, in_paris(now()).date(), digest, replaced)
        service.note(Work(session(), actor, now()), sources(session), key, read)
