"""Draft a migration from what the models say: `python -m tests.migration TITLE`.

It is written to be read and corrected by hand.
"""

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade
from consultation.files import resource


def main(title):
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'draft.sqlite'}")
        upgrade.upgrade(engine)
        number = len(list((resource("migrations") / "versions").glob("*.py"))) + 1
        command.revision(
            upgrade.config_for(engine), message=title, autogenerate=True, rev_id=f"{number:04d}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
