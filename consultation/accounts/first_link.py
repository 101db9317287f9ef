"""Link of the first administrator: printed on a terminal, else left in a file of the site.

What a service prints goes into a log, which more people read than may open an account.
"""

import os
import sys
from pathlib import Path

NAME = "premiere-administration.txt"


def hand_over(link: str | None, home: Path) -> str | None:
    """Return the sentence that hands over `link`; None where there is no link, and no file left.

    An earlier link has ended: its file goes in any case.  Raises `OSError`.
    """
    file = home / NAME
    forget(home)
    if link is None:
        return None
    if sys.stdout.isatty():
        return f"Première administration (ce lien ne sert qu'une fois) : {link}"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{link}\n")
    return (
        f"Première administration : un lien, qui ne sert qu'une fois, est dans {file}, que lit ce"
        " seul compte. Le fichier disparaît dès que le lien a servi."
    )


def forget(home: Path) -> None:
    """Remove the file, if there is one."""
    (home / NAME).unlink(missing_ok=True)
