"""Logos: PNG known by its content, stripped of its texts, refused with what to do."""

import tracemalloc
import zlib

import pytest

from consultation.readings import png
from consultation.readings.png import ImageRefused
from tests.readings.builders import chunk, head, image

NAME = b"Prenom Nom"
HTML = b"<!doctype html><script>fetch('/organisation/')</script>"


@pytest.mark.parametrize(
    "content",
    [
        image(),
        image(chunk(b"tEXt", b"Author\0" + NAME)),
        image(chunk(b"eXIf", NAME), chunk(b"iTXt", HTML), chunk(b"iCCP", NAME)),
        image(chunk(b"acTL", bytes(8)), chunk(b"fcTL", bytes(26))),
        image() + HTML,
        image(last=chunk(b"tIME", bytes(7)) + chunk(b"IEND")),
    ],
)
def test_pixels_stay_and_all_else_goes(content):
    accepted = png.accept(content)

    assert accepted.content == image()
    assert (accepted.width, accepted.height) == (64, 48)


@pytest.mark.parametrize(
    ("first", "pixels"),
    [
        (head(64, 48, 8, 6), bytes(48 * (1 + 64 * 4))),
        (head(64, 48, 16, 0), bytes(48 * (1 + 64 * 2))),
        (head(33, 33, 1, 0), bytes(33 * (1 + 5))),
        (head(64, 48, 8, 2, interlacing=1), bytes(64 * 48 * 3 + 6 + 6 + 6 + 12 + 12 + 24 + 24)),
    ],
)
def test_each_sort_of_pixels_is_taken(first, pixels):
    assert png.accept(image(first=first, pixels=pixels)).content[8 : 8 + len(first)] == first


def test_colours_of_a_palette_stay_with_their_transparency():
    palette = (chunk(b"PLTE", bytes(6)), chunk(b"tRNS", b"\0\xff"))
    content = image(*palette, first=head(64, 48, 8, 3), pixels=bytes(48 * 65))

    assert png.accept(content).content == content


CUT = "coupée ou abîmée"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "n'est pas une image PNG"),
        (HTML, "n'est pas une image PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "n'est pas une image PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "n'est pas une image PNG"),
        (png.SIGNATURE, CUT),
        (png.SIGNATURE + bytes(40), CUT),
        (image()[:-20], CUT),
        (image(last=b""), CUT),
        (image().replace(b"IDAT", b"IDAt"), CUT),
        (image(first=b""), CUT),
        (image(first=head() + head()), CUT),
        (image(first=chunk(b"IHDR", bytes(5))), CUT),
        (image(first=head(depth=3)), CUT),
        (image(first=head(colours=5)), CUT),
        (image(first=head(interlacing=2)), CUT),
        (image(first=head(64, 48, 8, 3), pixels=bytes(48 * 65)), CUT),
        (image(pixels=bytes(10)), CUT),
        (image(pixels=bytes(50_000_000)), CUT),
        (png.SIGNATURE + head() + chunk(b"IDAT", b"not packed") + chunk(b"IEND"), CUT),
        (image(width=16), "16 pixels sur 48"),
        (image(height=2001), "64 pixels sur 2001"),
        (image(first=head(2**31, 48), pixels=b""), "2147483648 pixels"),
        (image() + bytes(png.MOST_BYTES), "dépasse 500 Ko"),
    ],
)
def test_what_is_no_logo_is_refused_with_what_to_do(content, sentence):
    with pytest.raises(ImageRefused, match=sentence) as refusal:
        png.accept(content)

    assert "choisissez ce nouveau" in str(refusal.value)


def test_small_file_that_unfolds_to_a_huge_image_takes_no_memory():
    content = image(pixels=bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(ImageRefused, match=CUT):
            png.accept(content)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


def test_length_that_lies_is_a_cut_file():
    lying = (2**32 - 1).to_bytes(4) + b"IDAT" + zlib.compress(bytes(10))

    with pytest.raises(ImageRefused, match=CUT):
        png.accept(png.SIGNATURE + head() + lying)
