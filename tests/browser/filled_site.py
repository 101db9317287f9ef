"""Sites and databases that are filled once, for all tests of a module."""

import contextlib

from consultation import create_app
from consultation.extensions import db
from tests.conftest import QUICK_HASHES
from tests.faults.server import Server


@contextlib.contextmanager
def filled_database(databases, folder, keys_dir, fill):
    """The address of a database that `fill` has filled, to which nobody is connected; its app."""
    url = databases.create()
    places = {"HOME": folder, "KEYS_DIR": keys_dir, "DATABASE_URL": url}
    app = create_app(places | {"TESTING": True, "PASSWORD_EFFORT": QUICK_HASHES})
    fill(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    yield url, app
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


@contextlib.contextmanager
def filled_site(databases, folder, keys_dir, fill, **settings):
    """A server on such a database, for tests that only read it or look at what is theirs."""
    with filled_database(databases, folder, keys_dir, fill) as (url, app):
        server = Server(folder, database_url=url, KEYS_DIR=keys_dir, **settings)
        server.app, server.address = app, f"http://127.0.0.1:{server.port}"
        server.start()
        yield server
        server.close()
