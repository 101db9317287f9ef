"""Sentences that hold an address, or an age beside a place."""

ADDRESSES = """
Le foyer se trouve <address>.
Ils sont douze à dormir <address>, sans chauffage.
Elle habite <address> depuis sa sortie.
Adresse : <address>
Notre structure est située <address> et peut accueillir six personnes.
J'ai vu des mineures entrer au <address> à toute heure.
Écrivez-nous au <address>.
Le salon de massage du <address> a rouvert sous un autre nom.
Hébergement d'urgence ouvert la nuit (<address>), à ne surtout pas publier.
On l'a retrouvée <address>, enfermée.
L'atelier clandestin, <address>, a été signalé deux fois.
Le courrier revient toujours avec <address>, alors que le bâtiment est vide.
Un appartement au <address> sert de lieu de passage.
Domiciliée <address> chez une tante.
La réunion du comité local aura lieu <address> le 12 juin.
Mesure utile si l'on contrôle enfin le <address> et ses voisins.
Les ouvriers étaient logés <address>. Rien dans l'indicateur n'en parle !
Permanence : <address>, le mardi de 9 h à 12 h.
Le bar, <address>, ferme à cinq heures du matin.
Elle m'a seulement dit « <address> » avant de raccrocher.
Il faudrait compter à part le centre du <address>.
L'hôtel où on les place est <address>, troisième étage.
Notre maraude passe devant le <address> chaque jeudi soir.
Siège de l'association : <address>.
Perquisition au <address> en avril, procédure classée.
Livraison le soir au <address>, les sonnettes n'ont pas de nom.
Le logement de transition (<address>) est connu du réseau.
Mon adresse postale pour la réponse est <address>, merci.
""".strip().splitlines()

TRICKY_ADDRESSES = """
Elle dort [[address:rue des Lilas à Roubaix]], dans une cave ; elle y vit depuis mars.
Le réseau loue [[address:12, rue de la République 59000 Lille]] au mois.
Rendez-vous [[address:3 place du Marché, 34000 Montpellier]] et pas ailleurs.
Le foyer [[address:Résidence Les Tilleuls, 13003 Marseille]] est plein.
[[address:8 impasse des acacias]] voilà où ils sont
C'était au [[address:14 av. Jean-Jaurès]], à côté du garage.
L'employeur vit au [[address:27B chemin de la Croix-Rousse, 69004 Lyon]].
Elle a été conduite au [[address:5 bd Victor Hugo]] puis relâchée.
She was kept at [[address:12 Baker Street]] for two months.
Ils habitent [[address:avenue de la Gare, 97410 Saint-Pierre]] tous ensemble.
On passe par le [[address:22-24 quai de Seine]] pour livrer les repas.
Hébergée au [[address:1 ter allée des Érables 31100 Toulouse]], elle attend une place.
""".strip().splitlines()

AGES = """
Je pense à [[age_and_place:une jeune fille de {age} ans hébergée à {city}]] que personne ne suit.
[[age_and_place:Une mineure de {age} ans, arrivée de {city}]], a été placée à l'hôtel.
Il y a chez nous [[age_and_place:un garçon de {age} ans qui dort à la gare de {city}]].
[[age_and_place:Ma voisine, {age} ans, travaille dans une cuisine à {city}]] sans être payée.
[[age_and_place:Une femme de {age} ans exploitée à {city}]] nous a écrit.
Le cas de [[age_and_place:cette adolescente de {age} ans repérée près de {city}]] le montre bien.
[[age_and_place:Elle a {age} ans et se prostitue à {city}]], tout le monde le sait.
Voir l'affaire de [[age_and_place:la lycéenne de {age} ans de {city}]].
[[age_and_place:Un homme de {age} ans, cueilleur près de {city}]], a perdu la main.
[[age_and_place:Une victime âgée de {age} ans a été retrouvée à {city}]] en mars.
Nous suivons [[age_and_place:un jeune de {age} ans dans le quartier de {city}]] depuis un an.
[[age_and_place:Cette dame de {age} ans, employée de maison à {city}]], n'a pas de papiers.
On m'a parlé d'[[age_and_place:une fillette de {age} ans vue aux abords de {city}]].
[[age_and_place:Sa sœur de {age} ans est restée à {city}]] avec le recruteur.
Exemple : [[age_and_place:une étudiante de {age} ans, logée à {city}]] contre services.
À {city}, [[age_and_place:une jeune femme de {age} ans]] a porté plainte deux fois.
[[age_and_place:Un mineur non accompagné de {age} ans a disparu de {city}]] en juin.
[[age_and_place:Une personne de {age} ans a été vendue à {city}]] à un autre réseau.
""".strip().splitlines()
