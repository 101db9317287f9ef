"""Extensions of Flask, created unbound and bound by the application factory."""

from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy

from consultation.db.base import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
babel = Babel()
