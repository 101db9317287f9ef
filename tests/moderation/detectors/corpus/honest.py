"""Honest texts: nobody can be recognised in them, though much looks as if."""

LAW = """
L'article 225-4-1 du code pénal définit la traite, il suffirait de s'y tenir.
Voir l'article L. 316-1 du Ceseda, puis les articles L. 425-1 à L. 425-3.
La loi n° 2016-444 du 13 avril 2016 prévoit déjà un parcours de sortie.
Décret n° 2016-1467 du 28 octobre 2016, jamais évalué à notre connaissance.
La directive 2011/36/UE du 5 avril 2011 a été révisée par la directive (UE) 2024/1712.
La convention de Varsovie du 16 mai 2005 oblige à une période de rétablissement de 30 jours.
Article 12, rue et espace public : la formulation du texte est obscure.
L'article 40 du code de procédure pénale impose un signalement.
Les articles 225-4-1 à 225-4-9 devraient être cités dans le guide.
La circulaire du 22 janvier 2015 (NOR : JUSD1501974C) n'est pas connue des parquets.
Arrêt n° 19-84.512, à vérifier dans les bases juridiques.
L'association est née en 1998 d'un collectif de juristes.
Cette mission, née le 3 janvier 2013 d'un décret, manque de moyens.
Un plan né en 2014, puis un deuxième en 2019 : où est le bilan ?
Le protocole de Palerme (2000) est la base ; citer son article 3 a).
La convention n° 29 de l'OIT date du 28 juin 1930 et son protocole de 2014.
Selon le 3° du I de l'article 225-4-2, la minorité est une circonstance aggravante.
Peine encourue : sept ans d'emprisonnement et 150 000 euros d'amende.
L'article R. 425-1 parle de trente jours, pas de trente nuits.
Résolution 64/293 de l'Assemblée générale, paragraphe 12, alinéa 4.
Les délais de l'article 706-47 devraient être alignés sur ceux du civil.
La loi du 5 août 2013 a élargi la définition : comparez avec celle de 2003.
Voir page 12, avenue du dialogue entre services : belle image, peu d'actes.
Le règlement (UE) 2016/679 limite ce que vous pouvez publier.
Le texte du 10 juillet 1989 reste la référence pour les mineurs.
JO du 14/04/2016, texte 1 sur 107.
Version consolidée au 01/01/2025 14 pages.
Entre le 01.01.2024 et le 31.12.2024, aucun rapport public.
ISBN 978-2-1101-0123-4, ouvrage épuisé.
Numéro de dossier 2024/000123 : je ne sais pas à quoi il correspond dans vos tableaux.
""".strip().splitlines()

FIGURES = """
En 2022, 2 027 victimes ont été accompagnées, dont 79 % de femmes.
Le budget passe de 1 234 567 890 à 1 300 000 000 euros, sans explication.
Il manque 14 500 000 € pour tenir l'objectif.
123 456 789 euros, c'est le chiffre annoncé ; qui l'a vérifié ?
Le total des avoirs saisis, 732 829 320 euros, n'est pas ventilé.
Le chiffre de 12345678901234 dans le tableau est évidemment une erreur de saisie.
On passe de 12,5 % à 13,75 % en trois ans.
Les indicateurs T7.1, T7.2 et T7.3 se recouvrent.
L'indicateur A3-12 devrait compter les nuits, pas les places.
Mesure 12-34 : préciser l'année de référence 2026-2027.
Cibles : 10 20 30 40 50 places par an, cela paraît réaliste.
Notez de 0 1 2 3 4 5 6 7 8 9 plutôt que de 1 à 9.
5 places en CHRS pour tout un département, c'est dérisoire.
12 cours de français par semaine ne suffisent pas.
Sur 300 personnes rencontrées à la rue, 12 ont été orientées.
Il y a 3 routes possibles : plainte, signalement, soins.
Deux places sur trois restent vides faute de transport.
Nous avons ouvert 1 place CHRS et 2 places CPH.
3 300 000 enfants seraient concernés dans le monde selon cette estimation.
Moins de 18 ans : 21 % ; de 18 à 25 ans : 34 % ; plus de 25 ans : 45 %.
Les mineurs de 15 à 17 ans à Paris sont mieux repérés qu'ailleurs.
Depuis 10 ans à Lyon, le nombre de signalements stagne.
Les jeunes de moins de 21 ans hébergés à Marseille ne sont pas comptés.
Il faut attendre 3 ans à Bobigny pour une audience.
Les peines vont de 7 à 20 ans de réclusion en France.
Comparer 2019, 2020, 2021, 2022, 2023 et 2024 dans un seul graphique.
La valeur de 2023 (1 675) n'a pas la même source que celle de 2022 (2 027).
+12 345 678 euros en un an, mais pour quoi ?
Score moyen 6,5 sur 9 ; médiane 7 ; quartiles 5 et 8.
Compter 01, 02, 03, 04 et 05 comme une seule zone rurale.
Les départements 59, 62, 75, 93 et 974 concentrent les moyens.
Code postal 59100 : trois structures ; 75018 : onze.
Le code 75056 est celui de la commune, pas celui de l'arrondissement.
Ratio de 1/25 en 2023, de 1/12 en 2024.
Il y a eu 0 612 cas selon un tableau, 612 selon l'autre.
Le seuil de 10 000 caractères est large, merci.
L'enquête a porté sur 1 024 répondants (taux de réponse : 41,3 %).
Version 2.10.3 du tableau, ligne 145, colonne AB.
Cellule AB12 du fichier, onglet FR76.
Salle B 12, réunion de 14 h à 16 h 30, 25 personnes.
Prix de la nuitée : 17,50 €, puis 19,20 € en 2025.
À raison de 35 heures par semaine et 11,88 € de l'heure, le manque est de 8 400 €.
Identifiant 4f2a-77 dans votre export : doublon.
Les lignes 100 à 199 du tableau sont vides.
L'objectif 2027 (500) est inférieur à la réalisation 2024 (512).
Un facteur 10, 100 ou 1 000 : personne ne sait.
Coordonnées dans le fichier : 50,69 et 3,17, à arrondir.
""".strip().splitlines()

SERVICES = """
Rappeler partout le 17, le 112 et le 119.
Le 3919 répond jour et nuit, il devrait figurer sur chaque affiche.
Appelez le 119 si un enfant est en danger, c'est gratuit.
Le 116 006 oriente les victimes ; publier le nombre d'appels.
Le 116 000 pour les enfants disparus n'est cité nulle part.
Le 115 est saturé chaque soir à Lille.
Indiquer le 0 800 05 95 95 pour les violences sexuelles.
Le numéro vert 0800 05 95 95 est anonyme et gratuit.
Le 3114 existe pour la prévention du suicide, 24 h sur 24.
Pour les jeunes, le 0 800 235 236 est plus connu que votre plateforme.
Le 3018 traite le harcèlement en ligne, pas la traite.
Par SMS, le 114 est accessible aux personnes sourdes.
Composer le 15 ou le 18 n'aide pas une victime qui ne parle pas français.
Le dispositif national répond au 0 825 009 907, payant : pourquoi ?
Une ligne unique (type 3939) suffirait.
Numéros utiles : 15, 17, 18, 112, 114, 115, 119, 3919.
Le 08 00 05 95 95 est-il ouvert le dimanche ?
Former les agents du 17 et du 112 en priorité.
Un numéro à quatre chiffres est plus facile à retenir que dix.
Afficher « 3919 » en six langues dans les gares.
""".strip().splitlines()

FIGURATIVE = """
Trop de personnes dorment à la rue sans jamais rencontrer un travailleur social.
La rue n'est pas une adresse : la domiciliation devrait être un droit effectif.
Les maraudes dans la rue comptent autant que les places.
Descendre dans la rue ne suffira pas, il faut des magistrats formés.
Un boulevard pour les exploiteurs : voilà ce que devient cette réforme.
C'est une impasse administrative bien connue.
La route est longue entre la plainte et le procès.
Au quai, les contrôles de l'inspection sont rares.
Le chemin du droit commun est semé d'obstacles.
L'avenue est ouverte, encore faut-il l'emprunter.
Il faut donner toute sa place à la parole des victimes.
Au cours de l'année 2024, nous avons formé 120 personnes.
Le passage à la majorité est une rupture.
La cité judiciaire de proximité manque d'interprètes.
Éducateur de rue depuis longtemps, je constate le même oubli.
Les enfants des rues ne sont pas des délinquants.
Mettre en place 3 places d'accueil de jour par région.
À chaque coin de rue, une caméra ; à aucun, un éducateur.
Place aux associations ! Elles ont trente ans d'expérience.
Une résidence sociale adaptée coûte moins cher qu'un hôtel.
Que les bureaux de la rue de Grenelle nous répondent enfin.
Le square est un lieu d'observation pour les équipes mobiles.
En 2023, rue et hôtel ont représenté la moitié des orientations.
La rue, 12 heures par jour, use les corps.
""".strip().splitlines()

PEOPLE = """
Madame la ministre devrait recevoir les associations.
Monsieur le préfet a refusé le parcours de sortie, sans motif.
Mme X et M. Y sont des exemples que donne déjà le guide.
Les femmes de 18 à 25 ans sont les plus exposées.
La plupart des victimes sont des jeunes femmes nigérianes ou roumaines.
Une personne s'appelle « victime » en droit, « survivante » ailleurs.
Le prénom : à ne jamais demander au premier entretien.
Le nom du service compétent change selon le département.
Les procureurs de Paris, de Lille et de Marseille ont des pratiques différentes.
Le Conseil de l'Europe et le Greta recommandent un rapporteur indépendant.
La Commission nationale consultative des droits de l'homme l'écrit chaque année.
Sa famille, ses enfants, son logement : tout est lié.
On nomme un référent, mais il n'a pas de temps dédié.
Une mineure doit être protégée, quel que soit son âge.
À 18 ans, tout s'arrête, partout en France.
Victime : ce mot devrait être défini dès la première page.
Les travailleurs saisonniers de Champagne et du Médoc sont oubliés.
Mon association accompagne surtout des hommes, dans le bâtiment.
L'interprète par téléphone ne remplace pas une présence.
Date de naissance : champ trop souvent vide dans les statistiques.
Une certaine idée de la protection se perd.
Le jeune âge ne doit pas être un obstacle à l'écoute.
Ma collègue et moi avons répondu ensemble.
Les mots « usager » et « bénéficiaire » sont mal choisis.
Chaque enfant né en France doit être déclaré.
Nous ne voulons plus de tests osseux à 17 ans.
Dr ou infirmière, peu importe : il faut une consultation gratuite.
Il a fallu deux ans pour obtenir un titre de séjour.
Le prêtre, l'imam et l'instituteur repèrent autant que la police.
""".strip().splitlines()

PLAIN = """
Très bon indicateur, à garder tel quel.
À supprimer : redondant avec le précédent.
Préciser la source et la date d'actualisation.
Je ne comprends pas la différence entre « identifiée » et « orientée ».
Ventiler par sexe, âge, nationalité et forme d'exploitation.
Ajouter l'exploitation par la mendicité et la contrainte à commettre des délits.
Rien à ajouter, merci pour ce travail.
Compter aussi les nuits refusées : « faute de place ».
Le dénominateur manque ; un pourcentage seul ne dit rien.
Il faudrait un indicateur sur les délais d'obtention du récépissé.
Publier les données ouvertes, avec un dictionnaire des variables.
Les outre-mer doivent figurer à part : Guyane, Mayotte, La Réunion.
Comment seront comptées les personnes suivies par deux associations ?
D'accord sur le fond, pas sur la fréquence : un an, c'est trop long.
Former les enseignants, les soignants, les bailleurs.
Le mot « prostitution » couvre ici des réalités trop diverses.
Qui collecte ? Qui paie ? Qui contrôle ?
Indicateur de moyens et non de résultat.
Prévoir une clause de revoyure à mi-parcours.
👍🏽 Bravo, enfin un plan chiffré !
The definition should follow the European directive more closely.
We suggest adding an indicator on compensation effectively paid to victims.
N.A.
Ok
Voir ma réponse à la question précédente.
L'enquête de 2021 était mieux construite, surtout ses annexes.
Ne pas confondre « trafic de migrants » et « traite des êtres humains ».
SIAO, CHRS, CADA, CPH, OFII, OFPRA : trop de sigles pour le public.
Proposition : « Part des victimes ayant obtenu un titre de séjour dans les 3 mois ».
La MIPROF et l'OCRTEH ne publient pas les mêmes chiffres.
""".strip().splitlines()
