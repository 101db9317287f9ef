"""Whole contributions as people type them: long, hurried, without accents or capitals."""

# ruff: noqa: E501 - one text a line, as somebody would send it

TESTIMONIES = """
bonjour je suis auxiliaire de vie chez mme [[name:Rousseau-Diallo]] et je vois bien que sa voisine du dessus ne sort jamais, vous pouvez m'appeler [[phone:06 41 22 18 90]] je finis a 17h
Je voudrais témoigner. J'ai été placée à 14 ans dans une famille au [[address:17 rue du Docteur Roux]] et je n'ai jamais été scolarisée. Aujourd'hui j'ai 32 ans et j'aide d'autres femmes.
L'indicateur est bon mais il oublie les gens comme [[name:Ibrahima]], que j'ai connu au centre et qui est mort en mars sur le chantier.
numero de la fille : [[phone:07-58-33-41-02]] elle parle anglais et un peu francais
Contactez directement l'inspectrice ([[email:p.lemoine@exemple.gouv.fr]], poste [[phone:01 87 65 43 21]]), elle a les tableaux.
l'hotel c'est le [[address:43 bis avenue du marechal foch]], chambres 12 a 18, tout le monde ferme les yeux
Mon dossier porte le numéro [[nir:2 87 04 99 341 012]] et je n'ai pas de réponse depuis un an.
voici mon rib [[iban:fr76 3000 6000 0112 3456 7890 189]] pour les frais
Née à Bucarest [[birth:le 4 mai 1999]], elle a quitté l'école à douze ans.
Le gérant, [[name:Stéphane Morel]], a déjà été condamné à Nanterre et il a rouvert sous le nom de sa femme.
Il y a une fille, [[age_and_place:15 ans à peine, qui fait le trottoir porte de La Chapelle]], et personne ne bouge.
[[name:Oumou]] a tenu six mois avant de partir ; elle vit maintenant chez sa cousine.
Le véhicule est une Clio grise [[plate:GB-418-XK]] garée devant le [[address:6 rue Pasteur, Creil]].
J'accompagne actuellement [[age_and_place:une Nigériane de 22 ans, enceinte, hébergée par nos soins à Mulhouse]] : pour elle, aucun de vos indicateurs ne dit rien.
Joignable tous les jours sauf le mercredi, [[phone:+32 470 12 34 56]], ou par le secrétariat.
Merci de supprimer mon adresse ([[email:jeanne.d@exemple.fr]]) de vos listes
Dans notre commune, [[name:Mamadou D.]] a été exploité deux ans par un maraîcher que tout le monde connaît.
[[address:résidence du Parc, bâtiment C, appartement 12, Évry]] : six personnes par chambre.
On l'a vue pour la dernière fois [[address:place Jean-Jaurès à Tours]] avec l'homme au blouson rouge.
La plainte déposée par la famille [[name:Benchekroun]] n'a pas eu de suite.
Signé : [[name:Catherine Vasseur]], éducatrice
Cordialement, [[name:Paul-Émile Ngoma]]
Je suis né [[birth:le 03.07.84]] et je n'ai pas de papiers, écrivez à mon avocate maître [[name:Delattre]].
mon ex patron mr [[name:benhamou]] me doit 14 mois de salaire
tél portable zéro sept ... non c'est le [[phone:07.66.10.20.30]], pardon
L'enfant est suivi par l'ASE ([[birth:né 12/2009]]), fugue signalée en gare.
La dame du [[address:3ème étage, 11 r. de Metz]] a crié toute la nuit.
compte n° [[iban:BE68 5390 0754 7034]] ouvert à son insu
Contact : [[name:Awa]], [[phone:0751234089]], parle soninké et français, préfère les SMS
[[name:Mme de La Tour]] nous a fourni les listes.
Pour vérifier : procès-verbal au nom de [[name:KOUASSI Aya]], commissariat central.
Sa mère, [[name:Mariam Sissoko]], attend toujours au pays.
Le numéro d'immatriculation [[plate:4512 TX 93]] revient dans trois procédures.
notre asso est au [[address:2 allee des roses 91000 evry]] on recoit sur rdv
Elle (appelons-la ainsi, son vrai nom est [[name:Destiny]]) a été vendue deux fois.
Le suspect utilise [[email:king.of.calais@exemple.com]] et un pseudo sur les réseaux.
Deux sœurs de [[age_and_place:13 et 15 ans, roms, installées sur le terrain de Bobigny]], ne vont pas à l'école.
Ma sécu : [[nir:187067512304566]]
Appel reçu du [[phone:06 12 4 5 6 7 8 9]] à 3 h du matin, sans paroles.
""".strip().splitlines()

HONEST_PROSE = """
Je suis magistrate et je réponds à titre personnel. L'indicateur 3 mélange les plaintes et les condamnations ; il faudrait au moins deux séries, depuis 2016, avec le nombre de classements.
Bonjour, notre fédération regroupe 42 associations dans 11 régions. Nous avons compté 1 250 orientations en 2024, dont 318 vers le dispositif national.
Le rapport Martin de 2019 disait déjà la même chose, rien n'a changé.
Depuis la loi Grandperrin, les délais sont plus longs, c'est un comble.
Les salariés de la Maison des femmes de Saint-Denis font un travail remarquable.
À l'hôpital Delafontaine, une consultation dédiée existe : elle devrait être comptée.
Notre centre d'accueil, le foyer Jeanne-Martin, reçoit du public de 9 h à 18 h.
La fondation Émile-Dupont finance dix postes pendant trois ans.
Le tribunal judiciaire de Paris, place du Parvis-des-Droits, est trop loin pour beaucoup.
Une victime sur trois a moins de 25 ans à Marseille, et une sur deux à Cayenne selon vos chiffres.
Le taux de réponse des départements (01 à 95) est publié en annexe 2, page 40.
Voici la formule : (A1 + B2) / C3 × 100, avec C3 = 12 000.
Les appels d'offres de 2023 et 2024 portaient sur 1 500 000 et 1 750 000 euros.
Pour mémoire : 18/10/2013, 01/01/2016, 13/04/2016 et 18/10/2019 sont les dates des plans.
Je travaille depuis 22 ans à Strasbourg dans la protection de l'enfance, et je vois peu de progrès.
J'ai 58 ans, je suis bénévole, et c'est la première fois qu'on me demande mon avis.
Les policiers de la rue de Lutèce et ceux du quai n'ont pas les mêmes consignes.
Un mineur de 16 ans ne peut pas ouvrir de compte, l'indicateur bancaire n'a donc pas de sens.
Monsieur, Madame, la question 4 est mal posée.
M. le Procureur général l'a rappelé en audience solennelle.
Le professeur nommé rapporteur n'a pas encore rendu ses conclusions.
Demandez à la Cour des comptes, au Défenseur des droits, à la Cimade, à l'Amicale du Nid.
L'opération « Georgia » de 2020 a montré les limites du repérage.
Un jeune homme de 20 ans en France a droit au parcours de sortie comme les autres.
Dans l'affaire dite Vestigo, la cour a retenu la traite : citer cette jurisprudence.
Le logiciel s'appelle Trajectoires et ne communique pas avec le vôtre.
Le groupe de travail s'est réuni 10 rue de façon informelle, je veux dire sur le trottoir !
IL FAUT UN BUDGET.
La réunion du 12, place Beauvau, n'a rien donné.
Mon département (93) a voté 250 000 € en 2024 contre 180 000 € en 2022.
Numéro d'agrément 2022-75-0041, valable jusqu'au 31/12/2027.
Le code NAF 8899B et le RNA W751234567 suffisent pour nous retrouver.
À mon avis l'échelle de 1 à 9 est trop fine : 1-3, 4-6, 7-9 suffiraient.
La plateforme compte 0 805 visites par jour, si j'ai bien lu le graphique.
Je propose : « nombre de victimes (femmes / hommes / mineurs) par million d'habitants ».
Certaines, comme Amina dans le film de ce nom, n'osent pas porter plainte.
Voir chapitre 4, route des Balkans, du rapport européen.
Maître mot : la confiance.
Le pacte mondial, objectif 10, cible 5.3 et 8.7 des ODD, indicateur 16.2.2.
Le CCEM, l'ALC et le réseau Ac.Sé sont cités, pas les petites structures.
""".strip().splitlines()
