"""Forms of staff accounts: an invitation, the roles of an account, the languages one reads."""

from typing import Any

from markupsafe import Markup
from wtforms import HiddenField

from consultation.accounts.languages import FOREIGN
from consultation.accounts.models import Role
from consultation.text import capitalized
from consultation.web.forms import BoxesField, LineField, StaffForm, required

EXPLAINED = {
    Role.ORGANISER: "compose le plan et les questionnaires, invite, lit et exporte les"
    " contributions",
    Role.MODERATOR: "relit les textes avant qu'ils ne soient montrés, trie le courrier reçu",
    Role.ADMINISTRATOR: "invite l'équipe, donne les rôles, surveille les courriels ; la"
    " vérification en deux étapes est obligatoire",
}


class RolesField(BoxesField):
    """The roles to tick, each with what it opens."""

    def __init__(self, label: str = "Rôles", validators: Any = (), **kwargs: Any) -> None:
        choices = [
            (role.value, Markup("<strong>{}</strong> : {}").format(role.label, EXPLAINED[role]))
            for role in Role
        ]
        super().__init__(label, validators, choices=choices, coerce=Role, **kwargs)


class InvitationForm(StaffForm):
    """An address, and the roles of the account that it will have."""

    email = LineField(
        "Adresse",
        description="Un lien y est envoyé, pour choisir un mot de passe. Il sert une fois, pendant"
        " sept jours.",
        render_kw={"type": "email", "spellcheck": "false", "autocapitalize": "none"},
    )
    roles = RolesField(validators=[required("Choisissez au moins un rôle.")])


class RolesForm(StaffForm):
    """The roles of an account, which may have none; `seen` is the version displayed."""

    seen = HiddenField()
    roles = RolesField()


class LanguagesForm(StaffForm):
    """The languages that one reads beside French."""

    languages = BoxesField(
        "En plus du français, vous lisez",
        choices=[(tag, capitalized(name)) for tag, name in FOREIGN.items()],
        validate_choice=False,
        description="Cochez une langue si vous la lisez assez bien pour voir qu'un texte nomme"
        " quelqu'un ou dit un danger. Un texte qu'aucune personne de la modération ne peut lire"
        " reste à relire.",
    )
