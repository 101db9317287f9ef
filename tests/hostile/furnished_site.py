"""A furnished site that is made once for each process, and copied for each test."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from consultation import create_app
from consultation.extensions import db
from tests import warm
from tests.conftest import QUICK_HASHES
from tests.hostile.furnished import furnish
from tests.pages import CheckedClient


@dataclass(frozen=True)
class FurnishedSite:
    """Its files, its database, which nobody is connected to, and what its addresses name."""

    home: Path
    exports: Path
    database_url: str
    names: SimpleNamespace

    def copy_files(self, home, exports):
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        shutil.copytree(self.exports, exports, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def furnished_site(databases, tmp_path_factory, keys_dir):
    folder, url = tmp_path_factory.mktemp("furnished"), databases.create()
    home, exports = folder / "home", folder / "exports"
    app = create_app(
        {
            "HOME": home, "KEYS_DIR": keys_dir, "EXPORTS_DIR": exports, "DATABASE_URL": url,
            "BASE_URL": "http://127.0.0.1:8000", "RATE_LIMITS": False, "TESTING": True,
            "PASSWORD_EFFORT": QUICK_HASHES,
        }
    )  # fmt: skip
    app.test_client_class = CheckedClient
    with app.app_context():
        warm.warm_up(app, db.engine, databases.dialect)
        names = furnish(app, db.session)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    exports.mkdir(exist_ok=True)
    yield FurnishedSite(home, exports, url, names)
    databases.drop(url)
