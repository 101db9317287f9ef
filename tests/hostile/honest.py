"""What honest people write and a filter would take for an attack: nobody's words are refused."""

from tests.hostile.cases import Case, drawn

OPENINGS = (
    "", "Bonjour,\n\n", "- ", "= ", "1) ", "> Citation :\n> ", "/* remarque */ ", "« ",
    "@ l'équipe : ", "+ de places, - de délais : ", "Re: ", "N.B. – ", "<< ", "’", "¿ ", "#1 ",
    "% : ",
)  # fmt: skip
SAYINGS = (
   
    "l'article 225-4-1 du code pénal (loi n° 2013-711) punit la traite ; cf. art. L. 425-1 CESEDA",
    "si délai < 3 mois et places > 50 alors « objectif atteint » ; sinon <à revoir>",
    "sélectionner (select) des lieux, en supprimer (drop) et mettre à jour (update) la table",
    "un script de pré-identification, une « injection » de moyens et une commande ; rien d'illégal",
    "voir https://exemple.fr/rapport?annee=2026&page=1#sommaire et www.exemple.org/a/../b%20c",
    "- hébergement\n- soin\n-- dont ETP : +12 %\n--- total = 3,5",
    "appeler le 116 006 ou le +33 1 23 45 67 89 ; écrire à contact@exemple.fr",
    "50 % des victimes > 18 ans; 10-12 ans : 3/4 ; du 3-12 au 24/11 ; note 1E5",
    "Mme O'Brien d'Aix-en-Provence, née D’Artagnan, a dit : \"c'est l'usine\" (sic) [...]",
    "l’association لا للاتجار بالبشر nous écrit ; ארגון סיוע ; 反人身売買 ; Дом «Надежда»",
    "le viol, le meurtre, les armes, la drogue, le porno et les bombes existent dans ces récits",
    "tableau ;\tcolonne A ;\tcolonne B\n1 ;\t2 ;\t3",
    "formule proposée : =NB.SI(A1:A9;\">0\")/NBVAL(A1:A9)",
    "{nom} {{prénom}} sont à remplacer dans la lettre type ; $100, £5, 3 €/jour",
    "C:\\Rapports\\2026\\final (v2).docx et ../annexe", "merci 🙏🏽 👩‍👩‍👧 !!! ??? ... :-) <3",
    "NULL n'est pas zéro ; « N/A », TRUE, FAUX, undefined",
    "SI VOUS LISEZ CECI EN MAJUSCULES C'EST QUE MON CLAVIER EST BLOQUÉ",
    "Ecole sans accent, noel, coeur et cœur, oeuvre et œuvre, 2ᵉ, n°, m²",
    "<b>gras</b> et <i>italique</i> : copié de mon traitement de texte&nbsp;; &eacute;tude",
    "javascript: le site de la préfecture ne marche pas sans ; onclick= rien ne se passe",
    "OR 1=1 ? non : « ou un pour un », une place ouverte pour une place fermée -- au moins",
)  # fmt: skip
ENDINGS = (
    "", ".", " ;", " --", "\n\nCordialement,\nJ.-P. M.", " %", " (cf. p. 12, § 3, al. 2)", " =>",
    " </fin>", "\n\n\n", " ?!", " '", " #indicateur", " &c.",
)  # fmt: skip


def honest(chance, count):
    """Sentences of every trade, as they are typed in a hurry or pasted from elsewhere."""
    for opening, saying, ending in drawn(chance, count, OPENINGS, SAYINGS, ENDINGS):
        text = f"{opening}{saying}{ending}"
        name = chance.choice(
            ("O'Brien", "d'Arc", "Null", "Test", "N'Guyen-Lê", "José «Pepe»", "علي")
        )
        organisation = chance.choice(
            (
                "Select & Co",
                "SOS <Refuge>",
                "L'Étape; +",
                "@ccueil",
                "=Égalité",
                "100 % Droits",
                "-18 ans",
            )
        )
        yield Case("ham", {"suggestions": text, "name": name, "organisation": organisation})
