"""What no person wrote: absences, notices of failure, newsletters, questions of robots."""

from consultation.inbox.models import Sort
from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import (
    RECEIVED,
    answer,
    both,
    bundle,
    mail,
    ours_returned,
    part,
    quoted,
    report,
)

AUTO, BOUNCE, NEWS = Sort.AUTO_REPLY, Sort.BOUNCE, Sort.NEWSLETTER
GONE = "camille@exemple.org"

LETTERS = (
    Letter(
        "exchange_absence_fr",
        answer(
            "Bonjour,\n\nJe suis absente jusqu'au 10 mars. En cas d'urgence, écrivez à l'accueil.",
            Subject="Réponse automatique : Votre contribution", Auto_Submitted="auto-generated",
            X_Auto_Response_Suppress="All",
        ), sort=AUTO, reason="auto_reply",
    ),
    Letter(
        "exchange_absence_en",
        answer("I am out of the office until Monday.", Subject="Automatic reply: Your contribution",
               X_Auto_Response_Suppress="DR, OOF, AutoReply", Return_Path="<>"),
        sort=AUTO, reason="auto_reply", is_held_out=True,
    ),
    Letter(
        "gmail_absence",
        answer("Merci de votre message, je rentre de congé le 17.",
               Subject="Absence Re: Votre contribution", Auto_Submitted="auto-replied",
               Precedence="bulk", X_Autoreply="yes"),
        sort=AUTO, reason="auto_reply",
    ),
    Letter(
        "vacation_of_an_old_server",
        answer("Je suis en congé jusqu'à lundi.", Subject="Absence du bureau",
               Precedence="junk", Return_Path="<>"),
        sort=AUTO, reason="auto_reply",
    ),
    Letter(
        "absence_told_by_its_words",
        answer("Bonjour,\nactuellement absent du bureau, je serai de retour le 12 mars. "
               "En mon absence, adressez-vous au secrétariat.", Subject="Absence du bureau"),
        sort=AUTO, reason="auto_reply", is_held_out=True,
    ),
    Letter(
        "autorespond_of_a_host",
        answer("Votre message a bien été reçu par nos services.",
               X_Autorespond="Votre contribution", Subject="Accusé de réception"),
        sort=AUTO, reason="auto_reply",
    ),
    Letter(
        "ticket_of_a_help_desk",
        answer("Votre demande est enregistrée sous le numéro 4512.", From="no-reply@exemple.net",
               Subject="[#4512] Votre contribution", Auto_Submitted="auto-generated"),
        sort=AUTO, reason="auto_reply", is_held_out=True,
    ),
    Letter(
        "read_receipt",
        mail(bundle(
            "report", part("Votre message a été lu le lundi 3 mars 2025."),
            part("Final-Recipient: rfc822;jeanne@exemple.fr\nDisposition: "
                 "manual-action/MDN-sent-manually; displayed", "message/disposition-notification"),
            parameters="; report-type=disposition-notification",
        ), Subject="Lu : Votre contribution"),
        sort=AUTO, reason="read_receipt",
    ),
    Letter(
        "calendar_answer",
        mail(bundle("alternative", part(""), part(
            "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR", "text/calendar; method=REPLY")),
            Subject="Accepté : Réunion"),
        sort=AUTO, reason="calendar", is_held_out=True,
    ),
    Letter(
        "challenge_fr",
        answer("Bonjour,\n\nmon antispam a mis votre message en attente. Pour qu'il soit remis, "
               "confirmez que vous êtes humain : https://exemple.net/valider\n",
               Subject="Demande d'authentification", Auto_Submitted="auto-replied"),
        sort=AUTO, reason="challenge",
    ),
    Letter(
        "challenge_en",
        answer("Your message is being held. Please click the link below to confirm that you are "
               "not a robot: https://exemple.net/ok", Subject="Please verify your email",
               From="Guard <guard@exemple.net>"),
        sort=AUTO, reason="challenge", is_held_out=True,
    ),
    Letter(
        "postfix_failure",
        report(
            "This is the mail system at host mx.exemple.org.\n\nI'm sorry to have to inform you "
            f"that your message could not\nbe delivered.\n\n<{GONE}>: host mx said: 550 5.1.1 "
            "User unknown\n",
            "Reporting-MTA: dns; mx.exemple.org\n\nFinal-Recipient: rfc822; camille@exemple.org\n"
            "Original-Recipient: rfc822;camille@exemple.org\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n",
            ours_returned(GONE), sender="MAILER-DAEMON@mx.exemple.org (Mail Delivery System)",
            subject="Undelivered Mail Returned to Sender",
        ), sort=BOUNCE, reason="bounce",
    ),
    Letter(
        "exchange_failure_fr",
        report(
            "Échec de la remise pour ces destinataires ou groupes :\n\nCamille Exemple "
            f"({GONE})\nL'adresse de courrier que vous avez entrée est introuvable.\n",
            "Reporting-MTA: dns;serveur.exemple.org\n\n"
            "Final-recipient: RFC822;camille@exemple.org\n"
            "Action: failed\nStatus: 5.1.10\nDiagnostic-code: smtp;550 5.1.10 RecipientNotFound\n",
            ours_returned(GONE), sender="postmaster@exemple.org",
            subject="Non remis : Votre contribution", X_MS_Exchange_Message_Is_Ndr="",
        ), sort=BOUNCE, reason="bounce",
    ),
    Letter(
        "gmail_failure",
        report(
            "** Adresse introuvable **\n\nVotre message n'a pas été distribué à "
            f"{GONE}, car l'adresse est introuvable.\n",
            "Reporting-MTA: dns; googlemail.com\n\nFinal-Recipient: rfc822; camille@exemple.org\n"
            "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 no such user\n",
            ours_returned(GONE), sender="Mail Delivery Subsystem <mailer-daemon@exemple.com>",
            subject="Delivery Status Notification (Failure)", X_Failed_Recipients=GONE,
        ), sort=BOUNCE, reason="bounce", is_held_out=True,
    ),
    Letter(
        "exim_failure",
        mail(
            "This message was created automatically by mail delivery software.\n\nA message that "
            "you sent could not be delivered to one or more of its\nrecipients. This is a "
            f"permanent error. The following address(es) failed:\n\n  {GONE}\n    host "
            "mx.exemple.org: 550 mailbox unavailable\n\n------ This is a copy of the message, "
            "including all the headers. ------\n\n" + RECEIVED,
            From="Mail Delivery System <Mailer-Daemon@mx.exemple.net>", Return_Path="<>",
            X_Failed_Recipients=GONE, Auto_Submitted="auto-replied",
            Subject="Mail delivery failed: returning message to sender",
        ), sort=BOUNCE, reason="bounce",
    ),
    Letter(
        "postfix_delay",
        report(
            "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n",
            "Reporting-MTA: dns; mx.exemple.org\n\nFinal-Recipient: rfc822; camille@exemple.org\n"
            "Action: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 7 Mar 2025 10:12:00 +0100\n",
            ours_returned(GONE), sender="MAILER-DAEMON@mx.exemple.org",
            subject="Delayed Mail (still being retried)",
        ), sort=BOUNCE, reason="bounce", is_held_out=True,
    ),
    Letter(
        "delivered_notice",
        report(
            "Votre message a été remis.\n",
            "Reporting-MTA: dns; mx.exemple.org\n\nFinal-Recipient: rfc822; camille@exemple.org\n"
            "Action: delivered\nStatus: 2.0.0\n",
            ours_returned(GONE), sender="postmaster@exemple.org", subject="Remis : Votre message",
        ), sort=AUTO, reason="receipt",
    ),
    Letter(
        "newsletter_of_an_association",
        mail(both("La lettre de mars.\nSe désabonner : https://exemple.net/d",
                  "<h1>La lettre de mars</h1><a href='https://exemple.net/d'>Se désabonner</a>"),
             From="Lettre <lettre@exemple.net>", List_Id="<lettre.exemple.net>",
             List_Unsubscribe="<https://exemple.net/d>", Subject="La lettre de mars"),
        sort=NEWS, reason="newsletter",
    ),
    Letter(
        "bulk_without_a_list",
        mail("Nos formations de printemps, dont une sur la mesure 12.", Precedence="bulk",
             Subject="Catalogue"),
        sort=NEWS, reason="newsletter", measures=("12",), is_held_out=True,
    ),
    Letter(
        "newsletter_told_by_its_words",
        mail("Les actualités du mois.\n\nPour vous désabonner, cliquez ici.",
             From="Infos <ne-pas-repondre@exemple.net>", Subject="Actualités"),
        sort=NEWS, reason="newsletter",
    ),
    Letter(
        "person_on_a_discussion_list",
        mail("Je crois que la mesure 14 est la plus urgente.\n\nLe 02/03/2025 à 10:00, Camille "
             "Exemple a écrit :\n" + quoted("Laquelle d'abord ?"),
             List_Id="Débats <debats.exemple.net>", Precedence="list",
             In_Reply_To="<x@exemple.net>", Subject="Re: [debats] Que faire d'abord"),
        sort=NEWS, reason="newsletter", measures=("14",),
    ),
    Letter(
        "no_reply_sender",
        mail("Votre colis a été livré.", From="Transport <noreply@exemple.net>",
             Subject="Livraison"),
        sort=AUTO, reason="robot_sender", is_held_out=True,
    ),
    Letter(
        "auto_submitted_no",
        mail("Le formulaire est trop long.", Auto_Submitted="no"),
        starts="Le formulaire", ends="trop long.",
    ),
)  # fmt: skip
