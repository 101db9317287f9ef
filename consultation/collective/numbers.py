"""Emergency numbers: who answers day and night, as help, receipts and forms give them."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class EmergencyNumber:
    """A number as it is displayed, the address that calls it, and who answers."""

    digits: str
    address: str
    who: LazyString

    @property
    def is_by_text(self) -> bool:
        return self.address.startswith("sms:")


NUMBERS = (
    EmergencyNumber("17", "tel:17", _l("la police ou la gendarmerie")),
    EmergencyNumber("112", "tel:112", _l("les secours, partout en Europe")),
    EmergencyNumber(
        "114",
        "sms:114",
        _l("les secours, par SMS, si vous ne pouvez pas parler ou entendre"),
    ),
    EmergencyNumber("119", "tel:119", _l("pour un enfant en danger")),
    EmergencyNumber("116 006", "tel:116006", _l("l'aide aux victimes")),
)
