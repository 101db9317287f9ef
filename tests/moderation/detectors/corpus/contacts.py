"""Sentences that hold a way to reach somebody: telephone, electronic address, page."""

# ruff: noqa: E501 - one text a line, as somebody would send it

PHONES = """
Vous pouvez me rappeler au <phone> après 18 heures, je travaille la journée.
La coordinatrice laisse toujours son portable, <phone>, mais personne ne répond le week-end.
Tél : <phone>
tel. <phone> (le matin de préférence)
Une jeune femme m'a donné ce numéro : <phone>. Je ne sais pas quoi en faire.
Indicateur utile, mais qui vérifie ? Contactez-moi : <phone>.
Le réseau recrute par annonce avec le <phone>, ce numéro revient dans trois villes.
Mon numéro est le <phone> si vous voulez un exemple concret.
Nous proposons une permanence le mardi ; appeler <phone> pour la liste des documents.
Elle appelait chaque soir un homme au <phone> et lui remettait tout.
N'hésitez pas à téléphoner à ma collègue (<phone>) qui suit les mineures.
Whatsapp <phone>
Le passeur se fait joindre sur <phone>, en Belgique.
Je suis éducateur de rue et joignable au <phone>, y compris la nuit.
Ajouter le nombre d'appels reçus. Pour les chiffres de notre antenne : <phone> ou passez nous voir.
Sur la carte de visite il y avait seulement "massage" et <phone>.
Suite à l'audience de mars, l'avocate est au <phone>.
Son employeur, <phone>, garde encore le passeport.
Le numéro du logement est le <phone>, demandez la gardienne.
PORTABLE <phone> - bureau le jeudi
La formation a été annulée deux fois ; renseignez-vous au <phone> !
Trop peu de places en Guyane. Appelez la référente au <phone>.
Notre antenne de La Réunion (<phone>) n'a jamais été consultée sur cette mesure.
L'annonce disait de composer le <phone> et de ne parler à personne.
Je préfère répondre de vive voix : <phone>, merci.
(<phone>) c'est le téléphone du foyer, il ne faut pas le publier
Contact presse de l'association : <phone>.
La victime reçoit des menaces du <phone> depuis trois semaines.
Fax et tél. identiques : <phone>, boîte vocale pleine.
please call me on <phone>, I can explain how the ring works
""".strip().splitlines()

TRICKY_PHONES = """
Mon portable c'est le [[phone:06.12.34,.56.78]] désolé pour la faute.
On me joint au [[phone:zéro six douze trente-quatre cinquante-six soixante-dix-huit]].
Écrire à la voisine, portable [[phone:6 41 58 22 90]], elle a tout vu.
Numéro du chauffeur : [[phone:O6 52 81 47 30]] (avec un O comme oiseau).
Son numéro s'écrit [[phone:０６ ４８ ２１ ９５ ３７]] dans l'annonce.
Il signe toujours [[phone:06,48,21,95,37]] au bas de ses messages.
Elle est au Portugal, [[phone:+351 912 345 678]], et ne reviendra pas témoigner.
Le logeur répond au [[phone:0033 (0)6 41 58 22 90]] seulement le soir.
On l'a jointe en Roumanie ([[phone:+40 721 234 567]]) par un cousin.
L'oncle appelle du Nigeria, [[phone:00234 803 123 4567]], tous les dimanches.
C'est le [[phone:0\u200b6 4\u200b1 58 22 90]], je mets des espaces exprès.
Demandez au [[phone:06/41/58/22/90]] ce qu'il pense de vos indicateurs.
Rappeler [[phone:0641582290]]svp
Composez zero six puis... non, [[phone:zero six, quarante et un, cinquante-huit, vingt-deux, quatre-vingt-dix]].
""".strip().splitlines()

EMAILS = """
Écrivez à <email> pour recevoir notre bilan d'activité.
Mon adresse : <email>
La juriste (<email>) a refusé de transmettre les données au ministère.
Pour compléter l'indicateur, contactez <email>; elle tient le tableau depuis 2021.
Envoyer le questionnaire à <email>, merci d'avance.
Le recruteur utilisait l'adresse <email> et demandait une photo.
<email> est notre boîte commune, relevée le lundi.
Je signe ici : <email>. Vous pouvez me citer.
Les familles écrivent à <email> sans jamais avoir de réponse…
Nous avons signalé cela par mél (<email>) il y a six mois.
cc <email>
Il faudrait publier une adresse unique plutôt que <email>, que personne ne connaît.
Voir avec la cheffe de service, <email>, qui confirme le chiffre de douze situations.
La personne hébergée m'a demandé de répondre à sa place depuis <email>.
Contact du réseau : <email> / permanence le jeudi
Mail pro <email>, mail perso sur demande
write to <email> if you need the English version of our report
Sa messagerie <email> a été piratée par le proxénète.
Merci de ne pas diffuser, mais c'est <email> qui a monté le dossier.
Une copie a été adressée à <email> le 4 mars.
""".strip().splitlines()

TRICKY_EMAILS = """
On peut m'écrire : [[email:jeanne [at] exemple point fr]].
Adresse de la référente : [[email:f.diallo (arobase) exemple.org]]
Joindre [[email:contact arobase exemple point fr]] avant le comité.
J'ai laissé [[email:karim.b[@]exemple.fr]] sur leur répondeur.
Reach us at [[email:anna at exemple dot com]] for the data.
Son courriel [[email:l.martin＠exemple.fr]] ne marche plus.
Mon mail c'est [[email:sophie @ exemple.fr]], avec des espaces.
Écrire à [[email:reseau-nord [arobase] exemple [point] org]] svp.
Pour me citer : [[email:prénom.nom@sous.domaine.exemple.fr]].
Répondez à [[email:é\u200bquipe@exemple.fr]] s'il vous plaît.
Elle utilise [[email:MARIE_75+aide@EXEMPLE.FR]] depuis sa fuite.
Adresse à ne pas publier : [[email:abri.secret(at)exemple(dot)net]]
""".strip().splitlines()

LINKS = """
Tout est dans notre rapport : [[link:https://www.exemple.fr/rapports/2025.pdf]].
Voir [[link:http://exemple.org/page?id=12&lang=fr]] pour la méthode.
Je recommande [[link:www.exemple.fr]] à tous les moderateurs.
La page ([[link:https://exemple.eu/traite]]) n'est plus à jour.
GAGNEZ DU TEMPS avec [[link:https://exemple.com/offre]] et [[link:https://exemple.com/promo]]
Le guide de l'agence est sur [[link:exemple.gouv.fr/guide]], en trois langues.
Comparer avec l'outil belge : [[link:https://exemple.be/outil#indicateurs]]
Source : « [[link:https://exemple.fr/article/225-4-1]] », consultée hier.
""".strip().splitlines()
