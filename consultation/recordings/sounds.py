"""Sounds: an uploaded file, known by its content and stripped of its tags, or why it is none."""

from consultation.recordings import mp3, ogg
from consultation.recordings.damage import Cut, Mixed
from consultation.recordings.models import Sound, SoundFormat
from consultation.settings import MEBIBYTE

MOST_BYTES = 10 * MEBIBYTE
SHORTEST = 1.0  # seconds


class SoundRefused(Exception):
    """A file is no sound that the site can play; the message says in French what to do."""


NOT_A_SOUND = (
    "Ce fichier n'est ni du MP3 ni de l'Opus, quel que soit son nom. Ouvrez votre enregistrement"
    " dans un logiciel de son, exportez-le en MP3, puis choisissez ce nouveau fichier."
)
CUT = (
    "Ce son est coupé ou abîmé : l'export ou la copie s'est arrêtée en route. Exportez-le de"
    " nouveau, puis choisissez ce nouveau fichier."
)
MIXED = (
    "Ce fichier contient autre chose que du son. Exportez-le de nouveau en MP3, seul et d'un bout à"
    " l'autre, puis choisissez ce nouveau fichier."
)
TOO_BIG = (
    "Ce son dépasse {most} Mo. Exportez-le en MP3 mono à 64 kbit/s : une minute tient alors dans un"
    " demi-mégaoctet."
)
TOO_SHORT = "Ce son dure moins d'une seconde : vérifiez que c'est le bon fichier."


def too_big() -> str:
    """The sentence for a file above the limit."""
    return TOO_BIG.format(most=MOST_BYTES // MEBIBYTE)


def accept(content: bytes) -> Sound:
    """Return the sound of a file, without tags, pictures and comments; raise `SoundRefused`."""
    if len(content) > MOST_BYTES:
        raise SoundRefused(too_big())
    try:
        sound = _sound(content)
    except Cut:
        raise SoundRefused(CUT) from None
    except Mixed:
        raise SoundRefused(MIXED) from None
    if sound is None:
        raise SoundRefused(NOT_A_SOUND)
    if sound.seconds < SHORTEST:
        raise SoundRefused(TOO_SHORT)
    return sound


def _sound(content: bytes) -> Sound | None:
    if ogg.is_opus(content):
        return Sound(SoundFormat.OPUS, *ogg.stripped(content))
    if mp3.is_mp3(content):
        return Sound(SoundFormat.MP3, *mp3.stripped(content))
    return None
