"""To whom the figures of the staff may be narrowed, as addresses and pages say it."""

from collections.abc import Mapping

from consultation.responses.models import Channel, Standing
from consultation.results.models import TallySide
from consultation.results.reported import Reported

FILTERS = {
    "qualite": TallySide.CAPACITY,
    "territoire": TallySide.TERRITORY,
    "canal": TallySide.CHANNEL,
    "statut": TallySide.STANDING,
}
NAMES = {
    "qualite": "Qualité", "territoire": "Territoire", "canal": "Arrivée", "statut": "Personnes",
}  # fmt: skip
CHANNELS = {Channel.WEB: "par le site", Channel.MAIL: "par courriel"}
STANDINGS = {
    Standing.INVITED: "invitées",
    Standing.CONFIRMED: "adresse confirmée",
    Standing.UNVERIFIED: "ni l'un ni l'autre",
}
UNSAID = "-"
"""What an address says for a territory that was not stated."""


def chosen(given: Mapping[str, str]) -> dict[TallySide, str]:
    """Return what figures are narrowed to; a way in or a standing that is none narrows not."""
    known: dict[str, set[str]] = {"canal": set(Channel), "statut": set(Standing)}
    return {
        side: "" if code == UNSAID else code
        for name, side in FILTERS.items()
        if (code := given.get(name, "")) and (name not in known or code in known[name])
    }


def options(asked: Reported) -> dict[str, dict[str, str]]:
    """Return the words of each code that a filter takes, by the filter's name in addresses."""
    capacities, territories = (
        {code: label["fr"] for code, label in asked.sides[side].items()}
        for side in (TallySide.CAPACITY, TallySide.TERRITORY)
    )
    return {
        "qualite": capacities,
        "territoire": territories | {UNSAID: "non précisé"},
        "canal": {channel.value: words for channel, words in CHANNELS.items()},
        "statut": {standing.value: words for standing, words in STANDINGS.items()},
    }
