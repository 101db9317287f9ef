"""What the trail says of an action besides, in French: the details that were noted with it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consultation.web.typography import moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d")

KEYS = {
    "added": "ajoutés",
    "agreement": "accords",
    "anonymised": "anonymisé",
    "axes": "axes",
    "bytes": "octets",
    "changed": "changés",
    "closed": "fermés",
    "closes_at": "fermeture",
    "count": "nombre",
    "fields": "champs",
    "filters": "filtres",
    "format": "format",
    "from": "repris de",
    "is_cut": "coupé à la limite",
    "kind": "sorte",
    "level": "niveau",
    "assessor": "évalué par",
    "number": "numéro",
    "opened": "ouverts",
    "opens_at": "ouverture",
    "other": "autre campagne",
    "passages": "passages",
    "locale": "langue",
    "measures": "mesures",
    "moved": "déplacés",
    "name": "nom",
    "reason": "raison",
    "removed": "retirés",
    "renewed": "renouvelés",
    "responses": "contributions",
    "role": "rôle",
    "roles": "rôles",
    "round": "tour",
    "sessions": "sessions",
    "signed": "signée",
    "round_id": "numéro interne du tour",
    "rows": "lignes",
    "schedule": "calendrier",
    "state": "état",
    "status": "évaluation",
    "text": "texte",
    "texts": "textes",
    "unchanged": "inchangés",
    "updated": "mis à jour",
    "verdict": "décision",
    "what": "quoi",
    "width": "largeur",
}
VALUES = {
    "administrator": "administration",
    "moderator": "modération",
    "organiser": "organisation",
    "publish": "publier",
    "redact": "publier en masquant",
    "reopen": "rouvrir",
    "withhold": "écarter",
    "published": "publié",
    "redacted": "publié, passages masqués",
    "seconding": "attend une deuxième personne",
    "waiting": "à relire",
    "withheld": "écarté",
    "victim": "permet de reconnaître une victime",
    "suspect": "met en cause une personne",
    "third_person": "nomme une autre personne",
    "shelter": "révèle un lieu d'hébergement",
    "open_case": "parle d'une affaire en cours",
    "contact": "donne des coordonnées",
    "insult": "insulte ou incite à la haine",
    "spam": "indésirable",
    "off_topic": "sans rapport avec la consultation",
    "question": "question",
    "repeated": "répète une contribution déjà reçue",
    "sensitive": "signale une personne en danger",
    "other": "autre",
    "test": "essai",
    "own_duplicate": "doublon de la même personne",
    "out_of_scope": "hors du champ",
    "agreed_contact": "être contacté·e",
    "agreed_quoted": "être cité·e",
    "agreed_named": "être cité·e avec son nom",
    "proof_of_work": "calcul demandé aux navigateurs",
    "state": "État",
    "collective": "collectif",
    "rapporteur": "rapporteur national",
    "not_engaged": "non engagée",
    "engaged": "engagée",
    "not_done": "non réalisée",
    "partly_done": "partiellement réalisée",
    "done": "réalisée",
    "home_title": "titre de l'accueil",
    "home_lead": "chapeau de l'accueil",
    "home_more": "suite de l'accueil",
    "notice": "notice sur les données",
    "phone": "téléphone",
    "full": "pleine largeur",
    "daily": "chaque jour",
    "weekly": "chaque semaine",
    "monthly": "chaque mois",
    "none": "à la demande",
    "axis_retitled": "titre d'un axe",
    "indicator_added": "indicateur ajouté",
    "indicator_brought_back": "indicateur remis",
    "indicator_retired": "indicateur retiré",
    "indicator_reworded": "indicateur reformulé",
    "measure_added": "mesure ajoutée",
    "measure_brought_back": "mesure remise",
    "measure_edited": "mesure changée",
    "measure_retired": "mesure retirée",
    "moved": "déplacement",
    "question_added": "question ajoutée",
    "question_changed": "question changée",
    "question_moved": "question déplacée",
    "question_removed": "question retirée",
    "section_added": "rubrique ajoutée",
    "section_changed": "rubrique changée",
    "section_moved": "rubrique déplacée",
    "section_removed": "rubrique retirée",
    "title": "titre",
    "opens_at": "ouverture",
    "closes_at": "fermeture",
    "document_url": "adresse du document",
}


def detail_lines(details: Mapping[str, Any] | None) -> list[str]:
    """Return details as « clé : valeur », those without a value left out, in the keys' order."""
    return sorted(
        f"{KEYS.get(key, key.replace('_', ' '))} : {_moment(value) or _value(value)}"
        for key, value in (details or {}).items()
        if value is not None and value != []
    )


def _moment(value: object) -> str:
    """Return a moment as Paris reads it, and nothing for what is none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return ""
    return moment(datetime.fromisoformat(value))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, dict):
        return ", ".join(detail_lines(value))
    return VALUES.get(str(value), str(value))
