"""Texts as they come in: three campaigns, each sender changing a little, and honest answers.

All of it is invented.  Honest texts are made of frames so that none repeats another, but they speak
of the same plan in the same words; some quote a campaign to disagree with it.
"""

import random
from dataclasses import dataclass

CAMPAIGNS = (
    (
        (
            "Nous demandons que chaque département ouvre des places d'hébergement réservées aux"
            " victimes de la traite."
        ),
        "Une victime qui dort à la rue ne porte pas plainte et ne se reconstruit pas.",
        "L'indicateur doit compter les places ouvertes et non les places promises.",
        "Il doit aussi dire combien de demandes ont été refusées faute de place.",
        "Sans ce chiffre, le plan restera une déclaration d'intention.",
    ),
    (
        "Le plan oublie les mineurs contraints à commettre des délits et les traite en coupables.",
        "Nous voulons un indicateur sur le nombre de mineurs reconnus victimes et mis à l'abri.",
        "Chaque tribunal devrait désigner un magistrat formé à ces situations.",
        (
            "Un enfant exploité doit être protégé avant d'être jugé, « sans exception »."
            " C'est une question de dignité."
        ),
        "Les éducateurs de rue attendent des moyens, pas des circulaires.",
        "Publiez ces chiffres tous les ans, département par département.",
    ),
    (
        (
            "Je soutiens l'appel pour un fonds d'indemnisation alimenté par les biens confisqués"
            " aux réseaux."
        ),
        "L'argent saisi doit revenir à celles et ceux qui ont été exploités.",
        "Aujourd'hui personne ne sait quelle part de ces sommes leur parvient.",
        "Le suivi du plan doit publier le montant saisi et le montant versé, année après année.",
    ),
)

GREETINGS = (
    "Bonjour,", "Bonjour à toutes et à tous,", "Madame, Monsieur,", "Mesdames, Messieurs,",
    "Bonsoir,", "BONJOUR !", "Chère équipe, bonjour.", "À l'attention du collectif :",
)  # fmt: skip
SIGNATURES = (
    "Cordialement", "Bien à vous,\nune citoyenne", "Merci d'avance.", "Bien cordialement, J. D.",
    "Un adhérent de Lyon", "Avec mes salutations distinguées", "Merci de votre attention 🙏",
    "Pour le comité local, la secrétaire", "Camille, bénévole depuis dix ans",
)  # fmt: skip
ADDED = (
    "Je suis bénévole et je le vois chaque semaine.",
    "Ma paroisse en a parlé dimanche dernier.",
    "J'ajoute que les outre-mer sont toujours oubliés.",
    "C'est urgent !!!",
    "Mon association partage entièrement cette position.",
    "Je l'écris comme citoyen et comme père de famille.",
    "Dans ma ville rien n'a changé depuis des années.",
)

FRAMES = (
    "À {lieu}, une femme a attendu {duree} avant qu'on lui propose une chambre.",
    "Les hôtels ne sont pas une solution pour des personnes qui fuient un réseau.",
    "Il manque un repère sur la durée moyenne passée en foyer.",
    "Pourquoi ne pas distinguer les places pour femmes seules et pour familles ?",
    "Les hommes victimes de travail forcé ne trouvent presque jamais de lit.",
    "Nous avons dû loger {qui} chez un bénévole pendant {duree}.",
    "La mise à l'abri en urgence et le logement durable sont deux choses à mesurer à part.",
    "L'éloignement géographique sauve parfois la vie, il faudrait le suivre.",
    "Un appartement discret vaut mieux qu'un grand centre connu de tout le quartier.",
    "La colocation entre victimes de réseaux différents pose de vrais problèmes.",
    "Le titre de séjour arrive souvent après {duree}, c'est décourageant.",
    "Les préfectures n'appliquent pas toutes la même règle, et celle de {lieu} est la plus lente.",
    "Comptez les refus de récépissé, pas seulement les cartes délivrées.",
    "Beaucoup renoncent à la carte parce qu'elle suppose de dénoncer quelqu'un.",
    "La menace sur les parents restés au pays empêche toute plainte.",
    "Le parcours de sortie devrait être ouvert sans attendre une commission trimestrielle.",
    "{qui_maj} nous disent que l'allocation ne suffit pas à payer un loyer.",
    "Je propose de mesurer le montant de l'aide rapporté au coût de la vie locale.",
    "Un délai de réflexion de trente jours est trop court pour décider de parler.",
    "L'accès à un compte bancaire est le premier obstacle que nous rencontrons.",
    "Sans adresse, pas de compte ; sans compte, pas d'emploi.",
    "Les cours de français commencent trop tard et s'arrêtent trop tôt.",
    "À {lieu}, la liste d'attente pour un cours de langue dépasse {duree}.",
    "Un bon indicateur serait le nombre de contrats signés après six mois.",
    "Les employeurs qui embauchent méritent d'être accompagnés eux aussi.",
    "Une formation de cuisine a permis à {qui} de retrouver confiance.",
    "La validation des acquis reste inaccessible sans diplôme traduit.",
    "Il faut cesser de proposer uniquement des ménages aux femmes qui sortent de la rue.",
    "L'insertion par l'activité économique donne de bons résultats chez nous.",
    "Les saisonniers agricoles ignorent tout de leurs droits en arrivant.",
    "L'inspection du travail passe rarement dans les vignes autour de {lieu}.",
    "Mesurez le nombre de contrôles suivis d'une procédure, pas les contrôles seuls.",
    "Les contrats rédigés dans une langue inconnue sont une source d'abus.",
    "Un numéro unique et gratuit rendrait service à {qui}.",
    "Les chantiers en sous-traitance cachent des journées de seize heures.",
    "La confiscation du passeport devrait être relevée dans chaque enquête.",
    "Les employées de maison logées sur place sont invisibles dans vos tableaux.",
    "Rien n'est dit du personnel diplomatique, et c'est regrettable.",
    "Je ne comprends pas ce que recouvre la colonne intitulée réalisation.",
    "La définition change d'une année sur l'autre, comment comparer ?",
    "Ajoutez la source et la date à côté de chaque valeur.",
    "Un intervalle vaut mieux qu'un chiffre rond dont personne ne sait d'où il vient.",
    "Le sexe et l'âge manquent dans presque toutes les séries.",
    "Les données des associations et celles du ministère ne se recoupent pas.",
    "Publiez aussi ce que vous ne savez pas.",
    "Un tableau par région aiderait {qui} à se situer.",
    "Les outre-mer sont rangés dans une seule case, ce qui n'a guère de sens.",
    "En Guyane, les camps d'orpaillage échappent à toute statistique.",
    "À Mayotte la question se pose autrement qu'à {lieu}.",
    "Cet indicateur favorise les grandes structures qui savent remplir des tableaux.",
    "Remplir vos grilles nous prend {duree} par trimestre.",
    "Le nombre de réunions tenues ne dit rien de leur utilité.",
    "Je préférerais une enquête auprès des personnes elles-mêmes.",
    "Demandez aux anciennes victimes ce qui les a aidées.",
    "Un comité de pairs pourrait relire les mesures chaque année.",
    "Les interprètes sont rares en dehors des grandes villes.",
    "L'interprétariat par téléphone coupe toute confiance.",
    "À {lieu}, aucun interprète en yoruba n'est disponible le soir.",
    "Il faudrait suivre la part des auditions menées avec un interprète assermenté.",
    "Les policiers formés changent d'affectation au bout de {duree}.",
    "La gendarmerie nous appelle désormais avant les opérations, c'est un progrès.",
    "Former une fois ne suffit pas, il faut des rappels.",
    "Le contenu des formations devrait être public.",
    "Les assistantes sociales des hôpitaux repèrent beaucoup de situations.",
    "Une sage-femme de {lieu} a signalé trois cas sans jamais avoir de retour.",
    "Le secret professionnel mérite un guide clair.",
    "Les enseignants ne savent pas à qui s'adresser quand une élève disparaît.",
    "Un module en école de travail social coûterait peu.",
    "Les juges aux affaires familiales devraient être associés.",
    "Le classement sans suite n'est jamais expliqué à {qui}.",
    "Comptez les ordonnances de protection accordées et leur délai.",
    "Une audience à huis clos change tout pour une jeune femme.",
    "L'avocat arrive trop tard dans la procédure.",
    "Je souhaite voir la part des dossiers requalifiés en simple proxénétisme.",
    "La peine prononcée importe moins que la réparation obtenue.",
    "Les commissions d'indemnisation exigent des preuves impossibles à réunir.",
    "À ce jour, {qui} n'a touché aucun dédommagement.",
    "Le témoignage sous identité protégée reste exceptionnel.",
    "La coopération avec la Roumanie fonctionne, celle avec d'autres pays beaucoup moins.",
    "Les équipes communes d'enquête mériteraient leur propre ligne.",
    "Un retour volontaire préparé n'est pas une expulsion déguisée.",
    "Combien de personnes rentrées au pays sont suivies un an après ?",
    "Les ambassades pourraient diffuser une brochure avant le départ.",
    "La demande doit être combattue autant que l'offre.",
    "Les stages pour acheteurs existent à {lieu}, mais qui les évalue ?",
    "La prévention dans les lycées devrait commencer plus tôt.",
    "Une pièce de théâtre a davantage marqué mes élèves que des affiches.",
    "Les campagnes dans les gares passent inaperçues.",
    "Traduisez les affiches, sinon elles ne parlent qu'à nous.",
    "Mesurez la notoriété du numéro d'appel par sondage.",
    "Les petites annonces en ligne sont le premier lieu de recrutement.",
    "Les plateformes répondent aux signalements au bout de {duree}.",
    "Un indicateur sur les contenus retirés serait facile à tenir.",
    "Les locations de courte durée servent de lieux d'exploitation, tout le monde le sait.",
    "La cyberprostitution des adolescentes explose et le document n'en dit mot.",
    "Le repérage sur les messageries chiffrées dépasse nos compétences.",
    "Les réseaux sociaux devraient financer une part de la prévention.",
    "Les fugues répétées d'un foyer sont un signal d'alerte.",
    "L'aide sociale à l'enfance de {lieu} manque de familles d'accueil.",
    "Un mineur évalué majeur perd toute protection du jour au lendemain.",
    "L'administrateur ad hoc est nommé bien trop tard.",
    "Les jeunes filles placées à l'hôtel sont des proies.",
    "La mendicité forcée des tout-petits n'apparaît nulle part.",
    "Il existe un centre pour mineurs qui marche bien, pourquoi ne pas l'étendre ?",
    "Les examens médicaux devraient être proposés, jamais imposés.",
    "La santé mentale est la grande absente de cette mesure.",
    "Un suivi psychologique de {duree} est un minimum.",
    "Les permanences de santé sexuelle repèrent mieux que les guichets.",
    "Les séquelles physiques du travail forcé ne sont pas reconnues.",
    "L'aide médicale prend {duree} à être accordée.",
    "Nos subventions sont annuelles et arrivent en novembre.",
    "Une convention sur trois ans changerait notre façon de travailler.",
    "Indiquez le budget prévu et le budget dépensé.",
    "Le nombre de postes financés parle plus que les millions annoncés.",
    "Les petites associations de {lieu} ferment les unes après les autres.",
    "La coordination nationale gagnerait à avoir un site lisible.",
    "Je ne sais pas qui pilote cette action.",
    "Nommer un responsable par mesure éviterait bien des renvois.",
    "Un référent dans chaque département serait utile à {qui}.",
    "Les comités locaux ne se réunissent plus depuis {duree}.",
    "Les collectivités ne sont pas consultées alors qu'elles logent.",
    "Notre mairie a signé une charte, sans effet visible.",
    "Les achats publics devraient exclure les fournisseurs douteux.",
    "Le devoir de vigilance des entreprises mérite un suivi chiffré.",
    "Les audits de chaîne d'approvisionnement sont commandés par ceux qu'ils jugent.",
    "Les syndicats ont des permanences qui reçoivent {qui}.",
    "Le vocabulaire choisi met à l'écart les personnes transgenres.",
    "Parlez de personnes plutôt que de publics.",
    "Le handicap n'est mentionné qu'une fois.",
    "Les mariages forcés sont liés à notre sujet et mériteraient un renvoi.",
    "Le trafic d'organes est cité sans aucune mesure correspondante.",
    "La gestation imposée à l'étranger devrait être étudiée.",
    "Un bilan à mi-parcours rendrait les engagements crédibles.",
    "Trois ans, c'est trop court pour voir un effet.",
    "La cible fixée est atteinte d'avance, elle ne sert donc à rien.",
    "La valeur de départ n'est pas indiquée.",
    "Supprimez ce qui ne peut pas être mesuré, nous gagnerons du temps.",
    "Je garderais la formulation actuelle en précisant le territoire.",
    "Deux repères se contredisent : l'un baisse quand la situation s'améliore.",
    "Une hausse des identifications est une bonne nouvelle, écrivez-le.",
    "La cartographie promise n'a jamais été mise en ligne.",
    "Un rapport en langage simple serait lu par {qui}.",
    "Merci de traduire la synthèse en anglais et en arabe.",
    "Votre questionnaire est long mais clair.",
    "Les délais de réponse à cette consultation sont trop serrés.",
)
QUOTING = (
    "On lit partout : « {quoted} » Je ne suis pas d'accord, et voici pourquoi.",
    "Je reçois sans cesse le message qui dit « {quoted} » mais il simplifie beaucoup.",
    "Contrairement à ce que certains affirment (« {quoted} »), la réalité est plus nuancée.",
)
SHORT = (
    "Oui, garder cet indicateur.", "Rien à ajouter", "Très bien.", "Pas d'avis sur ce point.",
    "À supprimer, merci.", "Je ne sais pas", "OK 👍", "Voir ma réponse précédente.",
    "Garder l'indicateur, mais le publier chaque année.", "Il faudrait plus de moyens.",
)  # fmt: skip
PLACES = (
    "Lille", "Marseille", "Clermont-Ferrand", "Saint-Denis", "Besançon", "Perpignan", "Rennes",
    "Nice", "Orléans", "Le Havre", "Cayenne", "Metz", "Pau", "Angoulême", "Valence",
)  # fmt: skip
DURATIONS = (
    "trois semaines", "plus de six mois", "un an et demi", "dix-huit mois", "quelques jours",
    "neuf semaines", "deux hivers",
)  # fmt: skip
PEOPLE = (
    "les personnes que nous suivons", "une jeune Nigériane", "un couple de cueilleurs",
    "les familles accueillies ici", "plusieurs collégiennes", "un ouvrier du bâtiment",
    "les équipes de maraude", "nos salariées", "deux sœurs arrivées seules",
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A text that came in; `campaign` is None for an honest one."""

    text: str
    campaign: int | None


def arriving(campaign_count, honest_count, seed=4):
    """As many texts of each sort, in the order of their arrival."""
    chance = random.Random(seed)
    sent = [Sent(varied(index % 3, chance), index % 3) for index in range(campaign_count)]
    sent += [Sent(text, None) for text in honest(honest_count, chance)]
    chance.shuffle(sent)
    return sent


def varied(campaign, chance):
    """One sender's version of a campaign."""
    sentences = list(CAMPAIGNS[campaign])
    if chance.random() < 0.35:
        chance.shuffle(sentences)
    if chance.random() < 0.3:
        sentences.insert(chance.randrange(len(sentences) + 1), chance.choice(ADDED))
    text = misspelt(" ".join(sentences), chance.choice((0, 0, 1, 2, 3, 5)), chance)
    if chance.random() < 0.5:
        text = f"{chance.choice(GREETINGS)}\n\n{text}"
    if chance.random() < 0.5:
        text = f"{text}\n\n{chance.choice(SIGNATURES)}"
    return chance.choice(DRESSINGS)(text)


DRESSINGS = (
    str,
    str,
    str,
    str.upper,
    str.lower,
    lambda text: text.replace("'", "’").replace("« ", '"').replace(" »", '"'),
    lambda text: text.replace("é", "e").replace("è", "e").replace("à", "a"),
    lambda text: text.replace(". ", ".\n- "),
    lambda text: f"« {text} »",
    lambda text: text.replace(" ", "  ").replace(",", " ,"),
)


def misspelt(text, count, chance):
    """`text` with letters left out, doubled or swapped."""
    letters = list(text)
    for _ in range(count):
        at = chance.randrange(1, len(letters) - 1)
        match chance.randrange(3):
            case 0:
                del letters[at]
            case 1:
                letters.insert(at, letters[at])
            case _:
                letters[at - 1], letters[at] = letters[at], letters[at - 1]
    return "".join(letters)


def honest(count, chance):
    """Answers of people who wrote their own: no two share more than one sentence."""
    texts = [chance.choice(SHORT) for _ in range(count // 10)]
    pairs = set()
    while len(texts) < count:
        chosen = sorted(chance.sample(range(len(FRAMES)), chance.choice((1, 2, 3, 3, 4, 5))))
        together = {(text, other) for text in chosen for other in chosen if text < other}
        alone = {(chosen[0], chosen[0])} if len(chosen) == 1 else set()
        if (together | alone) & pairs:
            continue
        pairs |= together | alone
        chance.shuffle(chosen)
        sentences = [filled(FRAMES[index], chance) for index in chosen]
        if len(chosen) > 2 and chance.random() < 0.08:
            quoted = chance.choice(chance.choice(CAMPAIGNS))
            sentences.insert(0, chance.choice(QUOTING).format(quoted=quoted))
        texts.append(dressed(" ".join(sentences), chance))
    return texts


def dressed(text, chance):
    """An honest text with the same courtesies as the others."""
    if chance.random() < 0.25:
        text = f"{chance.choice(GREETINGS)} {text}"
    if chance.random() < 0.25:
        text = f"{text} {chance.choice(SIGNATURES)}"
    return text


def filled(frame, chance):
    """A frame with its blanks filled."""
    people = chance.choice(PEOPLE)
    return frame.format(
        lieu=chance.choice(PLACES),
        duree=chance.choice(DURATIONS),
        qui=people,
        qui_maj=people[0].upper() + people[1:],
    )
