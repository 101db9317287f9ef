"""Mails held out: written after the parser, in forms that it was not written for."""

from consultation.inbox.models import Sort
from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import (
    BOX,
    OURS,
    RECEIVED,
    RECEIVED_EN,
    WRITER,
    WRITER_NAME,
    answer,
    attached,
    both,
    bundle,
    html_of,
    mail,
    part,
    quoted,
    report,
)

OUR_TEXTS = ("bien reçu votre contribution", "numéro de dépôt", "a écrit")
GONE = "camille@exemple.org"

LETTERS = (
    Letter(
        "gmail_lead_over_three_lines",
        answer(
            "La mesure 27 me va.\n\nLe lun. 3 mars 2025 à 10:12, Ensemble contre la traite des\n"
            "êtres humains, coordination nationale <contre.la.traite@exemple.fr>\na écrit :\n\n"
            + quoted(RECEIVED)),
        starts="La mesure 27", ends="me va.", never=OUR_TEXTS, measures=("27",),
    ),
    Letter(
        "gmail_american",
        answer("Count the victims who were really housed.\n\nOn Mon, Mar 3, 2025 at 10:12 AM "
               f"{OURS} <{BOX}> wrote:\n\n" + quoted(RECEIVED_EN)),
        starts="Count the victims", ends="really housed.", never=("receipt number", "wrote"),
    ),
    Letter(
        "outlook_block_with_copy_and_importance",
        answer(
            "Bonjour,\nnous validons la mesure 3 sans réserve.\n\nBien à vous,\nJeanne Exemple\n\n"
            f"De : {OURS} <{BOX}> \nEnvoyé : lundi 3 mars 2025 10:12\nÀ : {WRITER_NAME} "
            f"<{WRITER}>; Camille Exemple\n<camille@exemple.fr>\nCc : secretariat@exemple.fr\n"
            "Objet : Votre contribution\nImportance : Haute\n\n" + RECEIVED),
        starts="Bonjour,", ends="sans réserve.", never=(*OUR_TEXTS, "Importance", "secretariat"),
        measures=("3",),
    ),
    Letter(
        "outlook_block_double_spaced",
        answer(
            "Je maintiens.\n\n" + "\n\n".join((
                f"De : {OURS}", "Envoyé : lundi 3 mars 2025 10:12", f"À : {WRITER_NAME}",
                "Objet : Votre contribution")) + "\n\n" + RECEIVED),
        starts="Je maintiens.", ends="Je maintiens.", never=(*OUR_TEXTS, "Envoyé"),
    ),
    Letter(
        "zimbra_html",
        answer(part(
            "<html><body><div style='font-family: arial'><div>Rien à ajouter.</div><div><br></div>"
            "<hr id='zwchr' data-marker='__DIVIDER__'><div data-marker='__HEADERS__'><b>De: </b>"
            f"\"{OURS}\" &lt;{BOX}&gt;<br><b>À: </b>\"{WRITER_NAME}\" &lt;{WRITER}&gt;<br>"
            "<b>Envoyé: </b>Lundi 3 Mars 2025 10:12:45<br><b>Objet: </b>Votre contribution<br>"
            f"</div><div>{html_of(RECEIVED)}</div></div></body></html>", "text/html")),
        starts="Rien à ajouter.", ends="Rien à ajouter.", never=OUR_TEXTS,
    ),
    Letter(
        "apple_mail_html_only",
        answer(part(
            "<html><body>Deux fautes dans la mesure 13.<br><div><br><blockquote type=\"cite\">"
            f"<div>Le 3 mars 2025 à 10:12, {OURS} &lt;{BOX}&gt; a écrit :</div><br "
            f"class=\"Apple-interchange-newline\"><div>{html_of(RECEIVED)}</div></blockquote></div>"
            "<br></body></html>", "text/html")),
        starts="Deux fautes", ends="la mesure 13.", never=OUR_TEXTS, measures=("13",),
    ),
    Letter(
        "evolution_name_first",
        answer(f"Vu, merci.\n\nLe lundi 03 mars 2025 à 10:12 +0100, {OURS} a écrit :\n"
               + quoted(RECEIVED)),
        starts="Vu, merci.", ends="Vu, merci.", never=OUR_TEXTS,
    ),
    Letter(
        "name_then_date",
        answer(f"Pas d'accord.\n\n{OURS} a écrit le 03/03/2025 à 10:12 :\n" + quoted(RECEIVED)),
        starts="Pas d'accord.", ends="Pas d'accord.", never=OUR_TEXTS,
    ),
    Letter(
        "bare_quote_without_a_lead",
        answer("Oui, le 2 mars.\n\n" + quoted(RECEIVED)),
        starts="Oui, le 2 mars.", ends="Oui, le 2 mars.", never=OUR_TEXTS,
    ),
    Letter(
        "german_lead",
        answer(f"Guten Tag, measure 14 please.\n\nAm 03.03.2025 um 10:12 schrieb {OURS}:\n"
               + quoted(RECEIVED_EN)),
        starts="Guten Tag,", ends="measure 14 please.", never=("receipt number", "schrieb"),
        measures=("14",),
    ),
    Letter(
        "disclaimer_below_dashes",
        answer("Accord de principe.\n\n-- \nJeanne Exemple\n\nCe message est confidentiel et ne "
               "s'adresse qu'à son destinataire. Merci de le détruire s'il ne vous est pas "
               "destiné.\n\nLe 03/03/2025 à 10:12, X a écrit :\n" + quoted(RECEIVED)),
        starts="Accord de principe.", ends="Accord de principe.",
        never=(*OUR_TEXTS, "confidentiel"),
    ),
    Letter(
        "signature_with_arrows_and_telephone",
        answer("Nous demandons un chiffrage.\n\nTrès cordialement,\n\nJeanne EXEMPLE\n"
               "Responsable du pôle Plaidoyer\nAssociation Exemple | 1 rue de l'Exemple, 75000 "
               "Paris\nT : 01 00 00 00 00 | www.exemple.fr"),
        starts="Nous demandons", ends="un chiffrage.", never=("01 00 00",),
    ),
    Letter(
        "thanks_in_advance",
        mail("Pourriez-vous préciser la source ?\n\nMerci d'avance,\nJeanne"),
        starts="Pourriez-vous", ends="Jeanne",
    ),
    Letter(
        "a_quotation_of_a_book",
        mail("Comme disait une bénévole en 1998 :\n\n« Il faut écouter d'abord. »\n\n"
             "Cela vaut pour le thème 10."),
        starts="Comme disait", ends="le thème 10.", measures=("T10",),
    ),
    Letter(
        "numbers_of_all_sorts",
        mail("En 2024, 27 personnes sur 300 ; voir le tableau 12, l'alinéa 3 et l'annexe T2.\n"
             "Le décret n° 12 et la mesure de protection n'y changent rien."),
        starts="En 2024,", ends="n'y changent rien.",
    ),
    Letter(
        "several_ways_to_name",
        mail("Mes. générales d'abord. Ensuite la mesure numéro 14, la Mesure\n12, puis les "
             "indicateurs T1.1 et T10.3.", Subject="[Consultation] MESURE N°13"),
        starts="Mes. générales", ends="T10.3.", measures=("13", "14", "12", "T1", "T10"),
    ),
    Letter(
        "measure_in_the_quotation_only",
        answer("Oui, tout à fait.\n\nLe 03/03/2025 à 10:12, X a écrit :\n> Merci pour la "
               "mesure 27.\n> Autre chose ?\n"),
        starts="Oui, tout à fait.", ends="Oui, tout à fait.", never=("27",), measures=("27",),
    ),
    Letter(
        "qmail_failure",
        mail(
            "Hi. This is the qmail-send program at mx.exemple.net.\nI'm afraid I wasn't able to "
            "deliver your message to the following addresses.\nThis is a permanent error; I've "
            "given up. Sorry it didn't work out.\n\n<camille@exemple.org>:\nSorry, no mailbox here "
            "by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
            + RECEIVED, From="MAILER-DAEMON@mx.exemple.net", Subject="failure notice",
            Return_Path="<>"),
        sort=Sort.BOUNCE, reason="bounce",
    ),
    Letter(
        "over_quota_for_days",
        report(
            "Le message n'a pas pu être remis depuis quatre jours.\n",
            "Reporting-MTA: dns; mx.exemple.org\n\nFinal-Recipient: rfc822; camille@exemple.org\n"
            "Action: failed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 Over quota\n",
            mail(RECEIVED), sender="postmaster@exemple.org", subject="Échec de remise"),
        sort=Sort.BOUNCE, reason="bounce",
    ),
    Letter(
        "host_says_address_closed",
        answer("Cette adresse n'est plus utilisée. Écrivez à contact@exemple.org.",
               Subject="Changement d'adresse", Auto_Submitted="auto-replied (vacation)"),
        sort=Sort.AUTO_REPLY, reason="auto_reply",
    ),
    Letter(
        "alert_of_a_search_site",
        mail(both("Nouveaux résultats pour « traite ».", "<p>Nouveaux résultats</p>"),
             From="Alertes <alertes@exemple.net>", Precedence="bulk", Subject="Alerte"),
        sort=Sort.NEWSLETTER, reason="newsletter",
    ),
    Letter(
        "person_back_from_leave",
        mail("Je rentre de congé et découvre votre document : bravo pour la mesure 14.",
             Subject="Retour de congés"),
        starts="Je rentre", ends="la mesure 14.", measures=("14",),
    ),
    Letter(
        "person_with_a_signed_mail",
        mail(bundle("signed", part("Signé, et convaincu."),
                    attached(b"0\x80", "smime.p7s", "application/pkcs7-signature"))),
        starts="Signé,", ends="convaincu.",
    ),
    Letter(
        "encrypted",
        mail(b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n"),
        sort=Sort.UNREADABLE, reason="encrypted",
    ),
)  # fmt: skip
