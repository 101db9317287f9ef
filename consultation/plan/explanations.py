"""What the template says of itself, on its first sheet."""

from consultation.plan.columns import INDICATORS_SHEET, MEASURES_SHEET
from consultation.plan.examples import EXAMPLE_PREFIX
from consultation.sheets.tables import Column, Table

EXPLANATIONS_SHEET = "Explications"

_LINES = (
    ("Le plan et ses indicateurs : classeur à remplir", ""),
    (
        f"Feuille « {MEASURES_SHEET} »",
        "Une ligne par mesure, dans l'ordre où elles doivent paraître sur le site.",
    ),
    (
        f"Feuille « {INDICATORS_SHEET} »",
        "Une ligne par indicateur, avec le code de sa mesure, dans l'ordre du formulaire.",
    ),
    (
        "Colonnes",
        (
            "Gardez les en-têtes ; leur ordre est libre. Les colonnes de texte anglais et « "
            "Motif du changement » peuvent manquer. Vos propres colonnes ne sont pas lues."
        ),
    ),
    (
        "Cellules à remplir",
        (
            "Axe, Code et Intitulé pour une mesure ; Mesure, Code et Intitulé pour un "
            "indicateur. Le reste peut être vide. Les lignes vides ne comptent pas."
        ),
    ),
    (
        "Codes",
        (
            "Lettres sans accent, chiffres, « - », « . » et « _ » ; 20 signes au plus, 30 "
            "pour un indicateur. Deux mesures, ou deux indicateurs, n'ont jamais le même "
            "code, même écrit en d'autres majuscules. D'un import à l'autre, c'est le code "
            "qui dit de quelle mesure ou de quel indicateur il s'agit : ne le changez pas."
        ),
    ),
    (
        "Codes et nombres",
        (
            "Un nombre convient comme code (12). Pour des codes comme 1.10, mettez d'abord la "
            "colonne au format Texte, sans quoi le tableur écrit 1.1 ou une date."
        ),
    ),
    (
        "Axes",
        (
            "L'intitulé d'un axe est écrit au moins une fois, toujours le même ; son code est "
            "sur chaque ligne."
        ),
    ),
    (
        "Valeurs et cibles",
        (
            "Écrivez-les en toutes lettres, avec leur année : « 19 % (2023) ». Mettez ces "
            "colonnes au format Texte : un tableur enregistre 19 % comme 0,19, ce qui est "
            "refusé."
        ),
    ),
    (
        "Texte anglais",
        "Facultatif, à côté d'un texte français. Ce qui n'est pas traduit paraît en français.",
    ),
    (
        "Lignes d'exemple",
        (
            f"Les lignes dont le code commence par {EXAMPLE_PREFIX} montrent comment remplir. "
            "Laissées telles quelles, elles ne sont pas importées ; vous pouvez les "
            "supprimer."
        ),
    ),
    (
        "Importer",
        (
            "À la page « Plan » de l'équipe, « Charger un fichier » montre ce qui va changer ; "
            "rien ne change avant votre confirmation. Une seule erreur, et rien n'est importé : "
            "chacune est donnée avec sa feuille, sa ligne et sa colonne. En ligne de commande : "
            "« consultation plan import FICHIER --dry-run », puis sans « --dry-run »."
        ),
    ),
    (
        "Ce que fait un import",
        (
            "Le plan devient celui du fichier. Un indicateur dont le texte change reçoit une "
            "nouvelle version, avec le motif indiqué. Une mesure ou un indicateur absent du "
            "fichier est retiré du site ; ce qui a déjà été répondu est gardé."
        ),
    ),
    (
        "Fichier CSV",
        (
            "Un seul tableau, une ligne par indicateur. La colonne « Mesure » (code) est "
            "remplie sur chaque ligne ; les autres colonnes de la mesure (axe, intitulé, "
            "résumé, pilote) le sont sur sa première ligne, puis vides ou identiques. Une "
            "mesure sans indicateur a une ligne dont les colonnes d'indicateur sont vides. "
            "Codes : « Mesure » et « Indicateur » ; intitulés : « Intitulé de la mesure » et "
            "« Intitulé de l'indicateur »."
        ),
    ),
)


def explanations() -> Table:
    """Return the sheet that says how to fill in the others."""
    widths = [Column("", 26), Column("", 100)]
    return Table(EXPLANATIONS_SHEET, widths, lambda: _LINES, kind="text")
