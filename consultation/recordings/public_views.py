"""Address of a recording: the file alone, by parts where a player asks for parts."""

from io import BytesIO

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.recordings import playback
from consultation.recordings.models import SoundFormat
from consultation.web.headers import sandbox_response
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("recordings", __name__)

MEDIA_TYPES = {SoundFormat.MP3: "audio/mpeg", SoundFormat.OPUS: "audio/ogg"}


@blueprint.get("/enregistrements/<name>")
@requires(Permission.PUBLIC)
def sound(name: str) -> ResponseReturnValue:
    """Send a recording, or the bytes of it that are asked for.

    A browser keeps it, and asks each time whether it is still there: a voice can be taken back.
    """
    recording = playback.by_file_name(db.session(), name.partition(".")[0])
    if recording is None or recording.file_name != name:
        abort(404)
    sandbox_response()
    return send_file(
        BytesIO(recording.content),
        mimetype=MEDIA_TYPES[recording.format],
        download_name=name,
        etag=recording.public_id,
    )
