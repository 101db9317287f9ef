"""Numbers and dates: at their bounds, beyond them, and in writings that only look like them."""

from datetime import date, timedelta

from tests.hostile.cases import Case, Outcome

LOWEST, HIGHEST = -5, 1000
"""The bounds of the question of the form that asks for a number."""

NUMBERS = {
    "0": 0, "-0": 0, "+0": 0, "-5": -5, "-5,0": -5, "-4,999999": -4.999999, "1000": 1000,
    "1 000": 1000, "1\u00a0000": 1000, "1\u202f000": 1000, "1000,0": 1000, "999.999999": 999.999999,
    "+12": 12, "000000000000012": 12, " 12 ": 12, "\t12\r\n": 12, "3,5": 3.5, "3.5": 3.5,
    "0,000001": 0.000001, "1\x012": 12, "7\u2028": 7,
}  # fmt: skip
NO_NUMBERS = (
    "1001", "-6", "1000,000001", "-5.000001", "999999999999999", "9" * 400, "1e3", "1E400", "0x1F",
    "0b11", "0o7", "NaN", "nan", "inf", "-Infinity", "1_000", "1'000", "1,000.5", "1.000,5",
    "1,2,3", "1.2.3", "--1", "+-1", "1-", "1+", "1/2", "½", "²", "１２", "٣٤", "१२", "߁", "𝟙𝟚", "Ⅻ",
    "−5", "douze", "12 €", "12 %", "10 00", "1 0000", "0000000000000012", "1,1234567", ".5", "5.",
    ",", "-", "12;13", "=12", "1\n2", "true", "[1]", "{}", "null", "1\u200b2",
)  # fmt: skip
NO_DATES = (
    "2026-02-29", "29/02/2026", "29/02/1900", "30/02/2024", "31/04/2026", "31.11.2026",
    "00/01/2026", "01/00/2026", "32/01/2026", "01/13/2026", "2026-13-01", "2026-00-10",
    "0000-01-01", "10000-01-01", "24/11/26", "24 novembre 2026", "2026-W48-2", "2026-328",
    "2026-11-24T10:00", "2026-11-24Z", "20261124", "2026-11", "2026/11/24", "24/11-2026x",
    "-2026-11-24", "+2026-11-24", "２０２６-11-24", "٢٤/١١/٢٠٢٦", "24//11/2026", "24/11/2026/",
    "2026-11-24 12", "1e3-11-24", "now", "aujourd'hui", "\u200b24/11/2026", "24/11/2026'--",
    "0/0/0", "99/99/9999", "2026--11-24", "24⁄11⁄2026",
)  # fmt: skip
WRITINGS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%d %m %Y",
    " %d/%m/%Y ",
    "%d\u00a0%m\u00a0%Y",
)
LEAPS = (
    date(2024, 2, 29),
    date(2000, 2, 29),
    date(2028, 2, 29),
    date(1900, 2, 28),
    date(1900, 3, 1),
)
ENDS = (
    date(1000, 1, 1),
    date(9999, 12, 31),
    date(1899, 12, 31),
    date(1904, 1, 1),
    date(2038, 1, 19),
)


def _days(chance):
    yield from LEAPS
    yield from ENDS
    while True:
        yield date(1000, 1, 1) + timedelta(days=chance.randint(0, 3_287_000))


def counted(chance, count):
    """In turn: a number that is one, one that is none, a day, and none."""
    days, right = _days(chance), list(NUMBERS.items())
    for number in range(count):
        turn, place = number % 4, number // 4
        if turn == 0:
            typed, kept = right[place % len(right)]
            yield Case("numbers and dates", {"number": typed}, expected={"number": kept})
        elif turn == 1:
            wrong = NO_NUMBERS[place % len(NO_NUMBERS)]
            yield Case("numbers and dates", {"number": wrong}, Outcome.REFUSED)
        elif turn == 2:
            day = next(days)
            typed = day.strftime(WRITINGS[place % len(WRITINGS)])
            yield Case("numbers and dates", {"date": typed}, expected={"date": day})
        else:
            wrong = NO_DATES[place % len(NO_DATES)]
            yield Case("numbers and dates", {"date": wrong}, Outcome.REFUSED)
