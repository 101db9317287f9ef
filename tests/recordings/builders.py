"""Sound files made by hand: frames of MP3 and pages of Opus, with tags around them or without."""

from flask import current_app

from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.rounds import texts as round_texts
from consultation.recordings import ogg, queries, service, sounds
from consultation.work.services import Work

FRAME = bytes([0xFF, 0xFB, 0x90, 0xC4]) + bytes(413)
"""A frame of MPEG 1, layer III: 128 kbit/s at 44,100 Hz, mono, silence."""
FRAMES_A_SECOND = 44_100 / 1152
OPUS_HEAD = (
    b"OpusHead" + bytes([1, 1]) + (312).to_bytes(2, "little") + bytes([0x80, 0xBB, 0, 0, 0, 0, 0])
)
SILENCE = bytes([0xF8, 0xFF, 0xFE])
"""A packet of Opus: 20 ms of nothing."""
FIRST, LAST, CONTINUED = 2, 4, 1


def mp3(count=60):
    return FRAME * count


def id3(size=2000, content=b"APIC\0image/png Prenom Nom"):
    """A tag of ID3v2 with a picture and a name in it."""
    body = content.ljust(size, b"\0")
    length = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + length + body


def id3_at_end(title=b"Prenom Nom"):
    return b"TAG" + title.ljust(124, b"\0") + b"\0"


def ape(items=b"Artist Prenom Nom"):
    """A tag of APE with head and foot."""
    size = (len(items) + 32).to_bytes(4, "little")

    def part(flags):
        version, count = (2000).to_bytes(4, "little"), (1).to_bytes(4, "little")
        return b"APETAGEX" + version + size + count + bytes([0, 0, 0, flags]) + bytes(8)

    return part(0xA0) + items + part(0x80)


def page(content, number, flags=0, position=0, stream=7, lacing=None):
    if lacing is None:
        lacing = bytes([255] * (len(content) // 255) + [len(content) % 255])
    head = b"OggS\0" + bytes([flags]) + position.to_bytes(8, "little")
    head += stream.to_bytes(4, "little") + number.to_bytes(4, "little")
    rest = bytes([len(lacing)]) + lacing + content
    return head + ogg.checksum(head + bytes(4) + rest).to_bytes(4, "little") + rest


def comments(*texts, vendor=b"Telephone de Prenom"):
    def text(it):
        return len(it).to_bytes(4, "little") + it

    return (
        b"OpusTags" + text(vendor) + len(texts).to_bytes(4, "little") + b"".join(map(text, texts))
    )


def sound_pages(first, seconds=2, is_last=True):
    """Pages of a second each, fifty packets."""
    packets = SILENCE * 50
    return b"".join(
        page(
            packets,
            first + it,
            LAST if is_last and it == seconds - 1 else 0,
            312 + 48_000 * (it + 1),
            lacing=bytes([3] * 50),
        )
        for it in range(seconds)
    )


def opus(seconds=2, texts=(b"TITLE=Prenom Nom",)):
    head = page(OPUS_HEAD, 0, FIRST)
    return head + page(comments(*texts), 1) + sound_pages(2, seconds)


def record_all(session, consultation_round, actor, language="fr", content=None):
    """A recording of each text of a round that is there in a language."""
    texts = round_texts.in_force(session(), consultation_round, current_app.config["MAIL_SENDER"])
    sound = sounds.accept(content or mp3())
    with writing(session()):
        work = Work(session(), actor, now())
        for row in queries.readable(session(), consultation_round, texts, language).texts:
            service.put(work, row.text, sound, "")
