"""Form by which a recording is put beside its text."""

from wtforms import BooleanField, FileField, HiddenField

from consultation.recordings.sounds import MOST_BYTES
from consultation.settings import MEBIBYTE
from consultation.web.forms import StaffForm, required

NO_AGREEMENT = "Demandez d'abord son accord à la personne qui lit, puis cochez la case."


class RecordingForm(StaffForm):
    """A file, which browsers never fill in again, and that whoever reads agrees."""

    digest = HiddenField()
    """Of the text that was displayed."""
    replaced = HiddenField()
    """The recording that was displayed, by its public id."""
    file = FileField(
        "Fichier du son",
        description=(
            f"MP3, ou Opus ; {MOST_BYTES // MEBIBYTE} Mo au plus. Le MP3 s'écoute partout ; l'Opus"
            " ne s'écoute pas sur les téléphones les plus anciens. Le titre, l'image et les noms"
            " que le fichier porte sont retirés."
        ),
        render_kw={"class": "text", "accept": ".mp3,.opus,.ogg,audio/mpeg,audio/ogg"},
    )
    agrees = BooleanField(
        "La personne qui lit est d'accord pour que sa voix soit publiée",
        [required(NO_AGREEMENT)],
        description=(
            "Une personne de l'équipe, ou une personne qui a dit oui en sachant où sa voix"
            " s'entendra. Jamais une personne qui répond, ni une victime : une voix se reconnaît."
        ),
    )
