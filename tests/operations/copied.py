"""What tests of copies look at in the database that one was put back into."""

import sqlalchemy as sa

from consultation.responses.models import Contact

ADDRESS = "jeanne.œuvre@exemple.fr"


def contacts(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return connection.scalars(sa.select(Contact.address)).all()


def tables(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return sa.inspect(engine).get_table_names()
