"""Fills the frames with invented numbers, names and places, always the same ones."""

import random

from stdnum import iban, luhn
from stdnum.fr import nir

FIRST = [
    "Fatou",
    "Karim",
    "Jeanne",
    "Aminata",
    "Ioana",
    "Blessing",
    "Youssef",
    "Mircea",
    "Élodie",
    "Thu-Hà",
    "Samira",
    "Jean-Luc",
    "Zoé",
    "Mamadou",
    "Chloé",
    "Ana",
    "Grâce",
    "Nadège",
]
LAST = [
    "Diallo",
    "Benali",
    "Dupont",
    "Popescu",
    "Okafor",
    "Nguyen",
    "Martin",
    "Traoré",
    "Lefèvre",
    "Ionescu",
    "Camara",
    "Hernández",
    "El-Amrani",
    "Durand",
    "Kowalski",
    "Le-Goff",
]
CITIES = [
    "Roubaix",
    "Lyon",
    "Cayenne",
    "Montreuil",
    "Nîmes",
    "Brest",
    "Saint-Denis",
    "Perpignan",
    "Calais",
    "Évry",
]
STREETS = [
    "rue des Lilas", "avenue de la République", "boulevard Voltaire", "impasse du Moulin",
    "allée des Cerisiers", "chemin des Vignes", "quai de la Loire", "rue Jean-Moulin", "bd Carnot",
    "avenue du Général-de-Gaulle", "rue de l'Église", "place de la Mairie", "route de Bordeaux",
]  # fmt: skip
TOWNS = [
    "75011 Paris", "59100 Roubaix", "69003 Lyon", "13001 Marseille", "97300 Cayenne",
    "93200 Saint-Denis", "33000 Bordeaux", "06000 Nice", "67000 Strasbourg",
]  # fmt: skip
MONTHS = ["janvier", "février", "mars", "avril", "juin", "août", "octobre", "décembre"]


def phone(chance):
    start = chance.choice("12345666779")
    rest = f"{chance.randint(10, 68):02d}{chance.randint(10**5, 10**6 - 1)}"
    if start == "7":
        rest = f"{chance.randint(50, 89)}{rest[2:]}"
    pairs = ["0" + start, *(rest[at : at + 2] for at in range(0, 8, 2))]
    by = chance.choice([" ", " ", ".", "-", "", "\u00a0", "\u202f", " "])
    if chance.random() < 0.25:
        return chance.choice(["+33 ", "+33", "0033 ", "+33 (0)"]) + start + by + by.join(pairs[1:])
    if chance.random() < 0.1:
        return chance.choice(["0692", "0694", "0262", "0594"]) + by + by.join(pairs[2:])
    return by.join(pairs)


def email(chance):
    name = chance.choice(["jeanne", "f.diallo", "contact", "asso-nord", "karim_b", "élodie.m"])
    return f"{name}@{chance.choice(['exemple.fr', 'exemple.org', 'courrier.exemple.net'])}"


def account(chance):
    while True:
        country, length = chance.choice([("FR", 23), ("FR", 23), ("FR", 23), ("DE", 18)])
        rest = "".join(str(chance.randint(0, 9)) for _ in range(length))
        number = country + f"{98 - int(rest + '1527' + '00') % 97:02d}" + rest
        if country == "DE":
            number = "DE" + f"{98 - int(rest + '131400') % 97:02d}" + rest
        if iban.is_valid(number):
            break
    by = chance.choice([" ", " ", "", "\u00a0", "-"])
    return by.join(number[at : at + 4] for at in range(0, len(number), 4))


def security_number(chance):
    town = chance.choice(["75", "59", "99", "2A", "13", "97"])
    number = (
        f"{chance.choice('12')}{chance.randint(60, 99)}{chance.randint(1, 12):02d}{town}"
        f"{chance.randint(100, 400)}{chance.randint(100, 900)}"
    )
    key = nir.calc_check_digits(number)
    if chance.random() < 0.2:
        key = f"{(int(key) + 5) % 97 + 1:02d}"  # one that was copied wrongly
    if chance.random() < 0.15:
        key = ""
    if chance.random() < 0.4:
        return number + key
    parts = [number[0], number[1:3], number[3:5], number[5:7], number[7:10], number[10:13], key]
    return chance.choice([" ", "\u00a0", "."]).join(part for part in parts if part)


def firm(chance):
    number = str(chance.randint(10**7, 10**8 - 1))
    number += luhn.calc_check_digit(number)
    return chance.choice([number, f"{number[:3]} {number[3:6]} {number[6:]}"])


def place_of_firm(chance):
    start = firm(chance).replace(" ", "") + "000" + str(chance.randint(1, 9))
    number = start + luhn.calc_check_digit(start)
    spaced = f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}"
    return chance.choice([number, spaced])


def address(chance):
    number = f"{chance.randint(1, 250)}{chance.choice(['', '', '', ' bis', ' ter', 'B'])}"
    street = f"{number}{chance.choice([' ', ', '])}{chance.choice(STREETS)}"
    if chance.random() < 0.6:
        street += f"{chance.choice([', ', ' ', ' - '])}{chance.choice(TOWNS)}"
    return street


def plate(chance):
    letters = "ABCDEFGHJKLMNPQRSTVWXYZ"

    def pair():
        return chance.choice(letters) + chance.choice(letters)

    if chance.random() < 0.25:
        return f"{chance.randint(100, 9999)} {pair()} {chance.randint(10, 95)}"
    by = chance.choice(["-", "-", "-", " ", ""])
    return f"{pair()}{by}{chance.randint(100, 999)}{by}{pair()}"


FILLINGS = {
    "phone": phone, "email": email, "iban": account, "nir": security_number, "siren": firm,
    "siret": place_of_firm, "address": address, "plate": plate,
}  # fmt: skip


def values_of(chance):
    """Values of the braces of a frame."""
    day, month = chance.randint(1, 28), chance.randint(1, 12)
    year = chance.randint(1975, 2011)
    by = chance.choice("/.-")
    return {
        "first": chance.choice(FIRST),
        "last": chance.choice(LAST),
        "city": chance.choice(CITIES),
        "age": chance.choice([14, 15, 16, 17, 19, 23, 34, 41, "seize", "dix-sept"]),
        "date": f"{day:02d}{by}{month:02d}{by}{chance.choice([year, f'{year % 100:02d}'])}",
        "longdate": f"{day} {chance.choice(MONTHS)} {year}",
        "year": year,
    }


def chance_of(seed):
    return random.Random(seed)
