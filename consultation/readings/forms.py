"""Forms of a reading, and of the logo beside the names of those who read."""

from datetime import date
from typing import Any

from wtforms import BooleanField, Field, FileField, HiddenField, ValidationError

from consultation.clock import in_paris, now
from consultation.readings.png import MOST_KIBIBYTES
from consultation.web.forms import LineField, StaffForm, at_most, required
from consultation.web.typography import parse_date

LONGEST = 200


class PageReadingForm(StaffForm):
    """Who read a page over, and when."""

    digest = HiddenField()
    """Of the page that was displayed."""
    replaced = HiddenField()
    """The reading that was displayed, by its id."""
    readers = LineField(
        "Qui l'a relue",
        [required("Écrivez le prénom des personnes qui ont relu."), at_most(LONGEST)],
        description="Prénoms seulement, par exemple : Karim, Ana et Sophie. Ils sont publiés.",
    )
    read_on = LineField(
        "Le jour de la relecture",
        [required("Donnez le jour de la relecture.")],
        render_kw={"type": "date"},
    )
    agrees = BooleanField(
        "Ces personnes sont d'accord pour que leur prénom soit publié",
        [required("Demandez d'abord leur accord à ces personnes, puis cochez la case.")],
        description=(
            "Des personnes pour qui ces textes sont écrits. Si une personne change d'avis,"
            " retirez la relecture ou notez-la de nouveau sans son prénom."
        ),
    )

    @property
    def day(self) -> date | None:
        return parse_date(self.read_on.data)

    def validate_read_on(self, _field: Field) -> None:
        """Refuse what is no day, and a day to come."""
        if self.day is None:
            raise ValidationError("Écrivez ce jour ainsi : 24/11/2026.")
        if self.day > in_paris(now()).date():
            raise ValidationError("Ce jour n'est pas encore venu : donnez celui de la relecture.")


class LogoForm(StaffForm):
    """An image, which browsers never fill in again, and that its conditions are met."""

    replaced = HiddenField()
    """The logo that was displayed, by its public id."""
    file = FileField(
        "Fichier du logo",
        description=(
            f"PNG, {MOST_KIBIBYTES} Ko au plus. Les textes cachés que le fichier porte sont"
            " retirés."
        ),
        render_kw={"class": "text", "accept": ".png,image/png"},
    )
    alternative = LineField(
        "Texte du logo",
        [required("Dites en quelques mots ce que montre le logo."), at_most(LONGEST)],
        description=(
            "Lu à voix haute aux personnes qui ne voient pas le logo, par exemple : Logo facile à"
            " lire et à comprendre."
        ),
    )
    agrees = BooleanField(
        "Les conditions d'usage de ce logo sont remplies",
        [required("Lisez d'abord les conditions d'usage du logo, puis cochez la case.")],
        description=(
            "Le logo « facile à lire » appartient à qui le donne : ses règles disent par qui les"
            " textes sont relus, et ce qui s'écrit à côté."
        ),
    )

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.agrees.id = "agrees-logo"
