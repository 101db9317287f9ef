"""Files of sound: known by their content, stripped of their tags, refused with what to do."""

import pytest

from consultation.recordings import ogg, sounds
from consultation.recordings.models import SoundFormat
from consultation.recordings.sounds import SoundRefused
from tests.recordings.builders import (
    CONTINUED,
    FIRST,
    FRAME,
    FRAMES_A_SECOND,
    LAST,
    OPUS_HEAD,
    SILENCE,
    ape,
    comments,
    id3,
    id3_at_end,
    mp3,
    opus,
    page,
    sound_pages,
)

HTML = b"<!doctype html><script>fetch('/organisation/')</script>"
NAME = b"Prenom Nom"


@pytest.mark.parametrize(
    "content",
    [
        mp3(),
        id3() + mp3(),
        id3() + id3(30) + bytes(500) + mp3() + bytes(300),
        mp3() + id3_at_end(),
        id3() + mp3() + ape() + b"TAG+" + NAME.ljust(223, b"\0") + id3_at_end(),
        ape() + mp3() + b"LYRICSBEGIN" + NAME + b"LYRICS200" + id3_at_end(),
        mp3(30) + id3() + mp3(30),
        id3(len(HTML), HTML) + mp3(),
    ],
)
def test_tags_go_and_the_frames_stay_as_they_are(content):
    sound = sounds.accept(content)

    assert sound.format is SoundFormat.MP3
    assert sound.content == mp3()
    assert sound.seconds == pytest.approx(60 / FRAMES_A_SECOND)
    assert sounds.accept(sound.content) == sound


def test_comments_of_opus_are_emptied_and_the_packets_stay_as_they_are():
    sound = sounds.accept(opus(3))

    assert (sound.format, sound.seconds) == (SoundFormat.OPUS, 3.0)
    assert sound.content.count(SILENCE) == 150
    assert NAME in opus(3)
    assert NAME not in sound.content
    assert b"OpusTags" + bytes(8) in sound.content
    assert sounds.accept(sound.content) == sound


def test_comments_of_several_pages_leave_one_and_pages_are_numbered_anew():
    picture = comments(b"METADATA_BLOCK_PICTURE=" + NAME * 8000)
    parts = [picture[at : at + 255 * 255] for at in range(0, len(picture), 255 * 255)]
    whole = bytes([255] * 255)
    pages = [page(parts[0], 1, lacing=whole), page(parts[1], 2, CONTINUED)]
    content = page(OPUS_HEAD, 0, FIRST) + b"".join(pages) + sound_pages(3)

    sound = sounds.accept(content)

    assert sound.content == sounds.accept(opus()).content
    assert [it.number for it in ogg._pages(sound.content)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        b"",
        bytes(5000),
        id3(),
        HTML + mp3(),
        b"RIFF\x24\x08\0\0WAVEfmt " + bytes(5000),
        b"\0\0\0\x20ftypM4A " + bytes(5000),
        page(b"\x01vorbis" + bytes(23), 0, FIRST),
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + mp3(),
    ],
)
def test_what_is_neither_is_refused_whatever_its_name(content):
    with pytest.raises(SoundRefused, match=r"ni du MP3 ni de l'Opus.*exportez-le en MP3"):
        sounds.accept(content)


XING = FRAME[:21] + b"Xing" + (1).to_bytes(4) + (200).to_bytes(4) + FRAME[33:]


@pytest.mark.parametrize(
    "content",
    [
        mp3()[:-1],
        mp3()[:-200] + id3_at_end(),
        XING + mp3(),
        opus()[:-1],
        page(OPUS_HEAD, 0, FIRST) + page(comments(), 1) + sound_pages(2, is_last=False),
        page(OPUS_HEAD, 0, FIRST) + page(comments(), 1) + sound_pages(3),
        page(OPUS_HEAD, 0, FIRST) + page(comments(), 1),
        opus().replace(SILENCE, b"\xf8\xff\xfd", 1),
        page(OPUS_HEAD, 0, FIRST) + page(comments(), 1) + page(SILENCE, 2, LAST, 48_000 * 3600),
    ],
)
def test_cut_or_damaged_sound_is_refused(content):
    with pytest.raises(SoundRefused, match="coupé ou abîmé"):
        sounds.accept(content)


OTHER_RATE = bytes([0xFF, 0xFB, 0x94, 0xC4]) + bytes(380)


@pytest.mark.parametrize(
    "content",
    [
        mp3() + HTML,
        mp3() + HTML + id3_at_end(),
        mp3(30) + HTML + mp3(30),
        mp3(30) + OTHER_RATE * 30,
        opus() + HTML,
        opus() + opus(),
        page(OPUS_HEAD, 0, FIRST) + page(HTML, 1) + sound_pages(2),
        page(OPUS_HEAD + HTML, 0, FIRST) + page(comments(), 1) + sound_pages(2),
        page(OPUS_HEAD, 0, FIRST) + page(b"\x80theora", 0, FIRST, stream=8) + sound_pages(1),
        page(OPUS_HEAD, 0, FIRST)
        + page(comments() + HTML, 1, lacing=bytes([len(comments()), len(HTML)]))
        + sound_pages(2),
        page(OPUS_HEAD, 0, FIRST) + page(comments(), 1) + page(b"", 2, lacing=b"") * 9,
    ],
)
def test_what_holds_something_else_than_one_sound_is_refused(content):
    with pytest.raises(SoundRefused, match="autre chose que du son"):
        sounds.accept(content)


def test_sound_of_less_than_a_second_or_more_than_ten_mebibytes_is_refused():
    with pytest.raises(SoundRefused, match="moins d'une seconde"):
        sounds.accept(mp3(38))
    assert sounds.accept(mp3(39)).seconds > 1
    most = sounds.MOST_BYTES // len(FRAME)
    assert sounds.accept(mp3(most)).seconds > 600
    with pytest.raises(SoundRefused, match=r"dépasse 10 Mo\. Exportez-le en MP3 mono"):
        sounds.accept(mp3(most + 1))


def test_checksum_is_that_of_ogg():
    """By RFC 3533: polynomial 0x04C11DB7, nothing inverted."""
    value = 0
    for byte in bytes(range(256)):
        value ^= byte << 24
        for _bit in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    assert ogg.checksum(bytes(range(256))) == value
