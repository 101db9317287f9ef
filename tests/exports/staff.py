"""Members of staff of tests, as services see them."""

from dataclasses import dataclass, field

from consultation.web.permissions import Permission

EXPORTS = frozenset({Permission.EXPORT_UNREAD, Permission.EXPORT_CONTACTS})


@dataclass
class Staff:
    """Somebody who is signed in, with these permissions."""

    id: int
    granted: frozenset = field(default=EXPORTS)
    email: str = "equipe@exemple.fr"

    def may(self, permission):
        return permission in self.granted
