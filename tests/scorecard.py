"""The scorecard: one line a programme, kept in a file that docs/performances.md quotes."""

from pathlib import Path

FILE = Path(__file__).with_name("scorecard.txt")


def lines_of(reports):
    """The lines that tests have recorded, by name."""
    recorded = (pair for report in reports for pair in report.user_properties)
    return dict(value for name, value in recorded if name == "scorecard")


def keep(lines, path=FILE):
    """Put `lines` into the file, in the place of those that had the same name."""
    kept = {}
    if path.exists():
        kept = dict(line.split(" : ", 1) for line in path.read_text("utf-8").splitlines())
    told = sorted((kept | lines).items())
    path.write_text("".join(f"{name} : {value}\n" for name, value in told), encoding="utf-8")
