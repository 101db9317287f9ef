"""Reactions that somebody passed on: what is passed on is what matters."""

from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import (
    OUTLOOK_FR,
    RECEIVED,
    THUNDERBIRD_FR,
    bundle,
    mail,
    outlook_html,
    part,
    quoted,
)

REACTION = "Bonjour,\n\nJe trouve la mesure 12 trop timide.\n\nCamille"

LETTERS = (
    Letter(
        "gmail_forward",
        mail(
            "Reçu hier sur ma boîte personnelle.\n\n---------- Forwarded message ---------\n"
            "De : Camille Exemple <camille@exemple.fr>\nDate: dim. 2 mars 2025 à 18:00\n"
            "Subject: mon avis\nTo: <jeanne@exemple.fr>\n\n\n" + REACTION,
            Subject="Fwd: mon avis",
        ),
        starts="Reçu hier", ends="Camille", never=("Forwarded", "camille@"), measures=("12",),
    ),
    Letter(
        "outlook_forward",
        mail("Pour le collectif.\n\n" + OUTLOOK_FR + REACTION, Subject="TR: mon avis"),
        starts="Pour le collectif.", ends="Camille", never=("Envoyé :",), measures=("12",),
    ),
    Letter(
        "outlook_forward_html",
        mail(part(outlook_html("À vous.", REACTION), "text/html"), Subject="Tr : mon avis"),
        starts="À vous.", ends="Camille", never=("Envoyé",), measures=("12",), is_held_out=True,
    ),
    Letter(
        "apple_forward_without_a_word",
        mail(
            "Début du message réexpédié :\n\n" + quoted(
                "De: Camille Exemple <camille@exemple.fr>\nObjet: mon avis\n"
                "Date: 2 mars 2025 à 18:00:00 UTC+1\nÀ: jeanne@exemple.fr\n\n" + REACTION),
            Subject="Fwd: mon avis",
        ),
        starts="Bonjour,", ends="Camille", never=("réexpédié", "camille@"), measures=("12",),
        is_held_out=True,
    ),
    Letter(
        "thunderbird_forward",
        mail(
            "-------- Message transféré --------\nSujet : mon avis\nDate : Sun, 2 Mar 2025\n"
            "De : Camille Exemple <camille@exemple.fr>\nPour : jeanne@exemple.fr\n\n\n" + REACTION,
            Subject="Fwd: mon avis",
        ),
        starts="Bonjour,", ends="Camille", never=("transféré", "camille@"), measures=("12",),
    ),
    Letter(
        "forward_of_an_answer",
        mail(
            "Voici sa réponse.\n\n-------- Message transféré --------\nSujet : Re: Votre\n"
            "Date : Sun, 2 Mar 2025\nDe : Camille Exemple <camille@exemple.fr>\n\n"
            + REACTION + "\n\n" + THUNDERBIRD_FR + quoted(RECEIVED),
            Subject="Fwd: Re: Votre contribution",
        ),
        starts="Voici sa réponse.", ends="Camille", never=("bien reçu votre",), measures=("12",),
    ),
    Letter(
        "forwarded_as_an_attachment",
        mail(
            bundle("mixed", part("Voir le message joint, sur la mesure 12."),
                   b"Content-Type: message/rfc822\r\n\r\n" + mail(REACTION)),
            Subject="Message joint",
        ),
        starts="Voir le message joint", ends="la mesure 12.", measures=("12",),
    ),
)  # fmt: skip
