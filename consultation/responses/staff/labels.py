"""French labels of responses on the staff pages."""

from consultation.responses.models import Channel

CHANNELS = {
    Channel.WEB: "site",
    Channel.MAIL: "courriel",
    Channel.PAPER: "papier",
    Channel.PHONE: "téléphone",
}
