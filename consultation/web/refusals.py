"""What the page of each refusal says: what happened, what is safe and what to do."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Refusal:
    """What the page of one status says."""

    title: str
    body: str


REFUSALS = {
    400: Refusal(
        _l("Cet envoi est illisible"),
        _l(
            "Ce qui nous est parvenu n'est pas du texte que nous savons lire, et rien n'a été"
            " enregistré. Revenez en arrière : votre texte est encore dans le formulaire."
        ),
    ),
    403: Refusal(
        _l("Votre compte n'ouvre pas cette page"),
        _l("Demandez à une personne qui administre le site de vous donner ce rôle."),
    ),
    404: Refusal(
        _l("Cette page n'existe pas"),
        _l(
            "L'adresse a peut-être été mal recopiée, ou la mesure a été retirée. Vous pouvez"
            " repartir de la liste des mesures."
        ),
    ),
    405: Refusal(
        _l("Cette page ne s'ouvre pas ainsi"),
        _l("Reprenez depuis l'accueil ou la liste des mesures."),
    ),
    410: Refusal(
        _l("Ce reçu n'est plus affiché ici"),
        _l(
            "Pour que personne ne le retrouve après vous, un reçu ne s'affiche que deux heures, et"
            " plus du tout une fois votre espace fermé. Votre contribution est bien enregistrée :"
            " votre lien personnel l'ouvre."
        ),
    ),
    413: Refusal(
        _l("Cet envoi est trop volumineux"),
        _l(
            "Rien n'a été enregistré. Revenez en arrière : votre texte est encore dans le"
            " formulaire ; raccourcissez-le, puis envoyez de nouveau."
        ),
    ),
    415: Refusal(
        _l("Ce site n'attend que ses formulaires"),
        _l("Rien n'a été enregistré. Ouvrez le formulaire d'une mesure et envoyez-le de là."),
    ),
    416: Refusal(
        _l("Ce fichier n'a pas ce morceau"),
        _l("Téléchargez-le de nouveau, en entier : il a peut-être changé entre-temps."),
    ),
    429: Refusal(
        _l("Trop d'essais en peu de temps"),
        _l("Rien n'a été enregistré. Attendez un quart d'heure, puis essayez de nouveau."),
    ),
    500: Refusal(
        _l("Une erreur s'est produite de notre côté"),
        _l(
            "Nous ne savons pas si votre dernier geste a été enregistré. Revenez en arrière et"
            " recommencez : un même envoi n'est jamais compté deux fois."
        ),
    ),
    503: Refusal(
        _l("Le site ne peut rien enregistrer en ce moment"),
        _l(
            "Rien n'a été enregistré. Revenez en arrière : votre texte est encore dans le"
            " formulaire ; envoyez-le de nouveau dans quelques minutes."
        ),
    ),
}

CLEANED = Refusal(
    _l("Des caractères illisibles ont été enlevés"),
    _l(
        "Votre envoi contenait des caractères que nous ne savons pas lire : ils sont enlevés, ou"
        " remplacés par « \ufffd ». Rien n'a été enregistré : relisez ce que vous avez écrit, puis"
        " envoyez de nouveau."
    ),
)
"""Of a form that comes back; the form of a respondent says the same above its fields."""
UNREADABLE = Refusal(
    _l("Le site ne peut pas lire ses données en ce moment"),
    _l("Rien n'est perdu. Attendez une minute, puis ouvrez de nouveau cette page."),
)
UNSURE = Refusal(
    _l("Le site ne peut pas lire ses données en ce moment"),
    _l(
        "Nous ne savons pas si votre dernier geste a été enregistré. Attendez une minute, puis"
        " recommencez : un même envoi n'est jamais compté deux fois."
    ),
)

NO_FORM = Refusal(
    _l("Ce formulaire n'existe plus"),
    _l(
        "Rien n'a été enregistré : ce sujet a été retiré ou remplacé pendant que vous écriviez."
        " Gardez votre texte, et choisissez une autre mesure."
    ),
)
NOT_FOR_STAFF = Refusal(
    "Cette page n'existe pas",
    "L'adresse a peut-être été mal recopiée, ou ce qu'elle montrait a été retiré. Le menu mène à"
    " tout ce que vos rôles ouvrent.",
)
SHEET_GONE = Refusal(
    "Ce fichier n'est plus là",
    "Il a déjà été importé, ou abandonné, ou il date de plus d'un jour. Si vous avez confirmé deux"
    " fois, l'import n'a été fait qu'une : le menu mène à ce qu'il a changé.",
)
ENDED = Refusal(
    "Votre connexion a pris fin",
    "Elle s'arrête après trente minutes sans activité, ou quand elle est fermée depuis un autre"
    " appareil. Rien de plus n'a été enregistré : connectez-vous de nouveau, puis reprenez.",
)
