"""Sentences that hold a number of papers: accounts, social security, firms, number plates."""

IBANS = """
Les salaires partaient sur ce compte : <iban>.
Voici le RIB de la patronne, <iban>, si cela peut servir à l'enquête.
IBAN <iban>
Nous avons demandé le virement de l'aide sur <iban> mais la banque a refusé.
Tous les transferts arrivent au <iban> puis repartent à l'étranger.
La victime n'a pas de compte à son nom, tout va sur <iban>.
Faites vos dons à l'association (<iban>), c'est plus utile qu'un plan.
Compte bancaire du gérant : <iban>, agence de Lille.
Le bordereau de versement mentionne <iban> et rien d'autre.
Pour l'indemnisation, le fonds demande un IBAN ; elle a donné <iban> qui n'est pas le sien.
J'ai retrouvé <iban> sur un carnet laissé dans la chambre.
Mesure 8 : bloquer les avoirs. Exemple, <iban> est toujours actif.
Remboursement des frais d'interprète : <iban> merci
Le loyer du squat était payé sur <iban>, chaque vendredi.
Her wages went to <iban>, an account she had never seen.
iban : <iban>
""".strip().splitlines()

NIRS = """
Mon numéro de sécurité sociale est le <nir>.
NIR <nir>
Elle est connue de la CPAM sous le <nir>, mais sans droits ouverts.
Dossier de Mme, immatriculée <nir>, refusé deux fois.
La carte vitale (<nir>) lui a été confisquée par l'employeur.
Il a fallu trois mois pour obtenir le <nir> définitif.
Sur sa fiche de paie figure <nir>, qui appartient à une autre personne.
Assuré : <nir> ; motif : accident du travail non déclaré.
Le médecin avait noté <nir> en marge.
Un seul numéro, <nir>, servait à déclarer quatre ouvriers.
n° sécu <nir>
Vérifier l'indicateur santé : pour <nir> rien n'a été remboursé.
Je donne mon numéro pour preuve : <nir>.
Le service social cite <nir> dans son courrier du 2 mai.
Sans le <nir> l'hôpital ne voulait pas l'inscrire.
La saisonnière <nir> n'a jamais vu de contrat.
""".strip().splitlines()

SIRENS = """
L'entreprise (SIREN <siren>) emploie toujours sans contrat.
Numéro SIRET du salon : <siret>.
La société de nettoyage <siren> a changé trois fois de gérant.
Association déclarée, siret <siret>, agréée depuis l'an dernier.
Voir les comptes de <siren> au greffe.
Sous-traitant inscrit au registre sous <siret> ; il faudrait un indicateur de contrôle.
RCS Lille <siren>
Le donneur d'ordre (<siren>) dit ne rien savoir.
""".strip().splitlines()

PLATES = """
Une camionnette blanche immatriculée <plate> les dépose chaque matin.
La voiture du passeur : <plate>.
J'ai noté la plaque <plate> devant l'hôtel.
Véhicule <plate> vu trois soirs de suite sur le parking.
Les filles montent dans une berline grise, <plate>, vers 23 heures.
<plate> : c'est l'utilitaire du chef de chantier.
Un témoin a relevé <plate> et l'a transmis à la brigade.
Le fourgon <plate> circule encore, alors à quoi sert cet indicateur ?
Moto sans casque, plaque <plate>, toujours au même carrefour.
Il conduit (<plate>) sans permis.
Contrôle routier du 3 juin : véhicule <plate>, cinq passagères sans papiers.
Le taxi <plate> fait la navette entre les deux appartements.
Une annonce avec photo laisse voir <plate> en arrière-plan.
Auto louée au nom d'une victime, <plate>.
""".strip().splitlines()
