"""Flask extensions: database and translations.

They are created unbound; the application factory binds them.
"""

from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy

from consultation.db.base import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
babel = Babel()
