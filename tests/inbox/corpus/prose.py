"""Mails that quote nothing, and words that look like a quotation, a signature or a measure."""

from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import BOX, answer, attached, both, bundle, mail, part, word

LETTERS = (
    Letter(
        "latin_1",
        mail(part(
            "Objet de ma réaction : la mesure 27 devrait être évaluée été comme hiver.\n"
            "À bientôt, René", charset="iso-8859-1",
        ), Subject=word("Réaction à la mesure 27", "iso-8859-1", "Q")),
        starts="Objet de ma réaction", ends="René", measures=("27",),
    ),
    Letter(
        "latin_9_with_euro",
        mail(part("Il faudrait 2 000 € par place, au moins.", charset="iso-8859-15")),
        starts="Il faudrait 2 000 €", ends="au moins.",
    ),
    Letter(
        "windows_1252_called_latin_1",
        mail(part("L’œuvre est là…", charset="cp1252").replace(b"cp1252", b"iso-8859-1")),
        starts="L’œuvre", ends="là…", is_held_out=True,
    ),
    Letter(
        "utf_8_called_latin_1",
        mail(part("La création de places dédiées").replace(b"utf-8", b"iso-8859-1")),
        starts="La création", ends="dédiées",
    ),
    Letter(
        "latin_1_called_utf_8",
        mail(part("Où est l'évaluation ?", charset="iso-8859-1").replace(b"iso-8859-1", b"utf-8")),
        starts="Où est", ends="l'évaluation ?", is_held_out=True,
    ),
    Letter(
        "no_charset_at_all",
        mail(b"Content-Type: text/plain\r\n\r\n" + "Très juste, à mon avis.".encode("cp1252"),
             MIME_Version=None),
        starts="Très juste", ends="à mon avis.",
    ),
    Letter(
        "quoted_printable",
        mail(part(
            "Une longue ligne qui dit que l'accueil des victimes dépend d'abord de la bonne "
            "volonté des départements, et que rien n'y changera sans loi.",
            encoding="quoted-printable",
        ), Subject=word("L'accueil dépend de qui ?")),
        starts="Une longue ligne", ends="sans loi.",
    ),
    Letter(
        "base64_utf_8",
        mail(part("Ça ne va pas assez loin : où sont les survivantes ?", encoding="base64")),
        starts="Ça ne va pas", ends="survivantes ?", is_held_out=True,
    ),
    Letter(
        "flowed_paragraphs",
        mail(part(
            "Un paragraphe que mon logiciel \na coupé en trois, mais qui \nn'en fait qu'un.\n"
            "\nUn autre.", "text/plain; format=flowed",
        )),
        starts="Un paragraphe que mon logiciel a coupé en trois, mais qui n'en fait qu'un.",
        ends="Un autre.",
    ),
    Letter(
        "plus_address",
        mail("Je soutiens.", To=BOX.replace("@", "+mesure-12@")),
        starts="Je soutiens.", ends="Je soutiens.", measures=("12",),
    ),
    Letter(
        "plus_address_of_a_theme",
        mail("Deux remarques de forme.", To="collectif@exemple.fr",
             Delivered_To=BOX.replace("@", "+t4@")),
        starts="Deux remarques", ends="de forme.", measures=("T4",), is_held_out=True,
    ),
    Letter(
        "subject_before_text",
        mail("Elle va de pair avec la mesure 14.", Subject="Mesure 12 : les places"),
        starts="Elle va de pair", ends="la mesure 14.", measures=("12", "14"),
    ),
    Letter(
        "list_of_measures",
        mail("Je n'ai rien à redire aux mesures 3, 12 et 27.\nMerci !"),
        starts="Je n'ai rien", ends="Merci !", measures=("3", "12", "27"),
    ),
    Letter(
        "range_of_measures",
        mail("Les mesures 12 à 14 forment un tout.", Subject="Victimes"),
        starts="Les mesures 12", ends="un tout.", measures=("12", "13", "14"), is_held_out=True,
    ),
    Letter(
        "whole_title",
        mail("Sur « Hébergement et mise à l’abri », rien n'est dit des hommes.",
             Subject="Une remarque"),
        starts="Sur « Hébergement", ends="des hommes.", measures=("T2",),
    ),
    Letter(
        "part_of_a_title_en",
        mail("You write that you will inspect working conditions on farms every year. "
             "Who pays for it?", Subject="A question"),
        starts="You write", ends="Who pays for it?", measures=("27",),
    ),
    Letter(
        "part_of_a_title_fr",
        mail("Vous parlez d'informer les victimes de leurs droits dans une langue courante ; "
             "encore faut-il des interprètes."),
        starts="Vous parlez", ends="des interprètes.", measures=("13",), is_held_out=True,
    ),
    Letter(
        "law_pages_and_dates",
        mail("L'article 12 de la loi du 13 avril 2016, cité page 27, prévoit 12 mesures.\n"
             "Notre réunion du 14 mars a duré 3 heures ; voir p. 13 et le RT42, salle AT4."),
        starts="L'article 12", ends="salle AT4.",
    ),
    Letter(
        "a_measure_in_months",
        mail("Il faut évaluer chaque mesure 12 mois après son début."),
        starts="Il faut évaluer", ends="son début.",
    ),
    Letter(
        "a_flat_called_t4",
        mail("La famille était logée dans un appartement T4, à huit. La ligne T4 du tramway "
             "est trop loin."),
        starts="La famille", ends="trop loin.", is_held_out=True,
    ),
    Letter(
        "he_wrote_without_a_quote",
        mail("Le rapporteur a écrit :\n« les moyens manquent. »\nC'est toujours vrai, "
             "voyez la mesure 3."),
        starts="Le rapporteur a écrit :", ends="la mesure 3.", measures=("3",),
    ),
    Letter(
        "formal_letter",
        mail("Objet : remarques sur la mesure 13\nDate : 3 mars 2025\n\n"
             "Madame la coordinatrice,\n\n"
             "les victimes lisent rarement une brochure.\n\nVeuillez agréer nos salutations.\n"
             "Le bureau"),
        starts="Objet : remarques", ends="Le bureau", measures=("13",),
    ),
    Letter(
        "cordially_then_more",
        mail("Le premier indicateur suffit.\n\nCordialement,\nJeanne\n\nPS : je parle de la "
             "mesure 14, celle de l'indemnisation."),
        starts="Le premier indicateur", ends="celle de l'indemnisation.", measures=("14",),
    ),
    Letter(
        "signature_after_dashes",
        mail("Deux mots sur le repérage.\n\nIl commence à l'école.\n-- \nJeanne Exemple\n"
             "Association Exemple\n1 rue de l'Exemple\nhttps://exemple.fr"),
        starts="Deux mots", ends="à l'école.", never=("rue de l'Exemple",),
    ),
    Letter(
        "dashes_between_two_parts",
        mail("Première partie : la mesure 3.\n--\nDeuxième partie : la mesure 12, plus longue. "
             "Elle demande que chaque région dise combien de personnes elle accueille, "
             "et pour quelle durée. Nous y tenons beaucoup."),
        starts="Première partie", ends="Nous y tenons beaucoup.", measures=("3", "12"),
        is_held_out=True,
    ),
    Letter(
        "signature_en",
        mail("I agree with most of it.\n\nKind regards,\n\nJeanne Exemple\nLegal adviser, "
             "Example Trust\nTel. +33 1 00 00 00 00"),
        starts="I agree", ends="most of it.", never=("+33 1 00",), is_held_out=True,
    ),
    Letter(
        "arrows_of_a_list",
        mail("Trois points :\n> former les policiers\n> former les juges\n> former les maires\n"
             "Dans cet ordre."),
        starts="Trois points :", ends="Dans cet ordre.", never=(), is_held_out=True,
    ),
    Letter(
        "absence_of_a_person",
        mail("L'absence de places pour les hommes est un scandale.",
             Subject="Absence de places d'accueil"),
        starts="L'absence", ends="un scandale.",
    ),
    Letter(
        "empty_body",
        mail("", Subject=""), sort="unreadable", reason="empty",
    ),
    Letter(
        "empty_body_with_a_subject",
        mail("\r\n", Subject="D'accord avec la mesure 14"), starts="", ends="", measures=("14",),
    ),
    Letter(
        "everything_in_the_attachment",
        mail(bundle("mixed", part(""), attached(b"%PDF-1.7 exemple", "avis.pdf",
                                                "application/pdf"))),
        starts="", ends="",
    ),
    Letter(
        "winmail_dat",
        mail(bundle("mixed", part("Notre avis est dans le document joint."),
                    attached(b"\x78\x9f\x3e\x22", "winmail.dat", "application/ms-tnef"))),
        starts="Notre avis", ends="document joint.",
    ),
    Letter(
        "calendar_invitation",
        mail(bundle(
            "alternative", part("Réunion sur la mesure 3, jeudi à 14 h."),
            part("BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR", "text/calendar; method=REQUEST"),
        ), Subject="Réunion"),
        starts="Réunion sur", ends="à 14 h.", measures=("3",),
    ),
    Letter(
        "plain_part_says_read_the_html",
        mail(both("Votre logiciel ne prend pas en charge le HTML.",
                  "<p>Voici l'avis : la mesure 12 est <b>floue</b>.</p>")),
        starts="Voici l'avis", ends="est floue.", never=("prend pas en charge",),
        measures=("12",),
    ),
    Letter(
        "plain_part_empty",
        mail(both("  \n", "<div>Je n'écris <i>qu'en</i> HTML.</div>")),
        starts="Je n'écris", ends="HTML.", is_held_out=True,
    ),
    Letter(
        "table_of_html",
        mail(part("<table><tr><td>Mesure 12</td><td>à garder</td></tr><tr><td>Mesure 14</td>"
                  "<td>à préciser</td></tr></table>", "text/html")),
        starts="Mesure 12 à garder", ends="à préciser", measures=("12", "14"), is_held_out=True,
    ),
    Letter(
        "answer_without_any_quote",
        answer("C'est noté, je renverrai mes remarques en avril."),
        starts="C'est noté", ends="en avril.",
    ),
)  # fmt: skip
