"""Sentences that say who somebody is: names and births."""

NAMES = """
[[m:Mme|{last}]] suit ce dossier depuis le début.
La plainte de [[m:M.|{first} {last}]] a été classée.
Elle s'appelle [[name:{first} {last}]] et elle a besoin d'aide.
L'homme se nomme [[name:{first} {last}]] ; il recrute devant l'école.
prénom : [[name:{first}]]
Nom : [[name:{last}]]
Je m'appelle [[name:{first} {last}]], je suis travailleuse sociale.
[[m:Madame|{first} {last}]] dirige le foyer.
[[m:Monsieur|{last}]] prend les passeports à l'arrivée.
Le réseau est tenu par un certain [[name:{first}]], bien connu du quartier.
[[m:Me|{last}]] défend trois des plaignantes.
Mon amie [[name:{first}]] n'ose pas répondre au questionnaire.
Une dénommée [[name:{first} {last}]] fournit les faux papiers.
Suspect : [[name:{first} {last}]], vu en janvier.
Le docteur [[name:{last}]] a constaté les blessures.
Une femme surnommée [[name:{first}]] encaisse l'argent.
Ma sœur [[name:{first}]] a mis deux ans à parler.
[[m:Mlle|{last}]], 3e étage, ne sort jamais.
Victime : [[name:{first} {last}]] (nationalité inconnue)
Son mari [[name:{first}]] la surveille au travail.
My name is [[name:{first} {last}]] and I escaped last year.
L'élève prénommée [[name:{first}]] ne vient plus en classe.
Demandez à [[m:Mr|{first} {last}]] pourquoi rien n'a été fait.
[[m:Maître|{last}]] a demandé le huis clos.
La petite [[name:{first}]] parle trois langues, personne ne l'écoute.
Il est connu sous le nom de [[name:{first} {last}]].
""".strip().splitlines()

BIRTHS = """
[[birth:Née le {date}]], elle était donc mineure au moment des faits.
La plaignante, [[birth:née le {date}]], a été entendue sans avocat.
Date de naissance : [[birth_any:{date}]]
[[birth:né le {longdate}]] à l'étranger, sans état civil reconnu
Le jeune homme [[birth:né le {longdate}]] a été déclaré majeur après un test osseux.
Elle dit être [[birth:née le {date}]] mais son passeport dit autre chose.
Mon fils ([[birth:né le {longdate}]]) est toujours là-bas.
Personne [[birth:née en {year}]], arrivée seule.
[[birth:Né(e) le {date}]] : la case est la seule remplie du dossier.
Deux sœurs dont l'aînée est [[birth:née le {longdate}]].
The girl, [[birth:born on {longdate}]], was never registered.
Extrait du procès-verbal : « [[birth:née à Lagos le {date}]], sans profession ».
Le recruteur est [[birth:né le {date}]], déjà condamné.
D'après l'acte, [[birth:née le {longdate}]] ; d'après elle, deux ans plus tard.
""".strip().splitlines()

CHARACTERS = """
[[shouting:CE PLAN NE SERT À RIEN ET TOUT LE MONDE LE SAIT BIEN]]
Je le répète : [[shouting:IL FAUT DES PLACES POUR LES VICTIMES MAINTENANT]] et pas demain.
Qui lit nos réponses[[shouting:?????]]
Honteux[[shouting:!!!!!!]] Voilà ce que j'en pense.
[[shouting:ARRÊTEZ DE COMPTER ET COMMENCEZ À PROTÉGER LES ENFANTS]], merci.
Un texte avec un signe[[hidden_signs:\u200b]]caché au milieu.
On lit à l'envers : [[hidden_signs:\u202e]]87 65 43 21 60 fin.
Le mot vic[[hidden_signs:\u2060]]time est coupé.
""".strip().splitlines()
