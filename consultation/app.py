"""Application factory: settings, database, hooks and pages of all packages.

The kinds of messages that the packages send are registered here as well.
"""

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Blueprint, Flask

import consultation
from consultation import logs, settings, worker
from consultation.accounts import invitations
from consultation.accounts.sign_in import passwords
from consultation.crypto.keyring import keyring
from consultation.dashboard import menu, tasks
from consultation.db.base import bounded_statements, engine_options
from consultation.decisions.announcements import message as announcements
from consultation.exports.orders import notification
from consultation.extensions import db
from consultation.files import resource
from consultation.inbox import confirmation
from consultation.institutions.replies import message as institution_mails
from consultation.invitations.mailings import message
from consultation.mail import addresses, kinds, outbox_actions
from consultation.moderation.danger import alerts
from consultation.operations import reports
from consultation.operations.retention import notices
from consultation.responses.drafts import reminders
from consultation.responses.rights import withdrawal
from consultation.responses.space import link_mail, recovery
from consultation.responses.submission import acknowledgement
from consultation.settings import Shape
from consultation.site_settings.config import SiteConfig
from consultation.web import (
    compression,
    csrf,
    errors,
    headers,
    locale,
    markdown,
    navigation,
    rate_limits,
    request_body,
    session_cookie,
    typography,
)
from consultation.web.permissions import check_every_view

SURROUNDINGS = (
    request_body, compression, headers, locale, typography, markdown, errors, session_cookie,
    navigation, csrf, rate_limits,
)  # fmt: skip
"""The modules of `web` that surround every page, in the order of their hooks."""

MESSAGE_KINDS = (
    outbox_actions.KIND,
    acknowledgement.KIND,
    recovery.KIND,
    link_mail.KIND,
    passwords.KIND,
    invitations.KIND,
    message.KIND,
    announcements.KIND,
    institution_mails.REQUEST,
    institution_mails.REMINDER,
    confirmation.KIND,
    withdrawal.KIND,
    reminders.KIND,
    alerts.KIND,
    reports.DIGEST,
    reports.OVERSIGHT,
    notices.KIND,
    notification.KIND,
)


if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Site(Flask):
    """The application, whose settings may be changed on screen."""

    config_class = SiteConfig

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        """Answer a request, none of whose statements holds its thread for ever."""
        with bounded_statements():
            return super().wsgi_app(environ, start_response)


def build(overrides: Mapping[str, Any]) -> Flask:
    """Build the application from the environment and `overrides`; raise `SettingRefused`."""
    values = settings.load(overrides)
    _refuse_no_box(values)
    app = Site(
        "consultation",
        template_folder=str(resource("templates")),
        static_folder=str(resource("static")),
        instance_path=str(values["HOME"]),
    )
    app.config.from_mapping(values, FIXED=settings.fixed_names(overrides))
    logs.configure()
    _open_home(app)
    _modules("models")
    _bind_database(app)
    for module in SURROUNDINGS:
        module.register(app)
    _register_pages(app)
    for kind in MESSAGE_KINDS:
        kinds.register_kind(kind)
    navigation.set_menu(app, menu.STAFF_MENU, menu.offered)
    tasks.register(app)
    worker.register_work(app)
    check_every_view(app)
    return app


def _register_pages(app: Flask) -> None:
    """Register the blueprints of all packages, and call `register` of views that add more."""
    for module in _modules("views"):
        for blueprint in vars(module).values():
            if isinstance(blueprint, Blueprint) and blueprint.name not in app.blueprints:
                app.register_blueprint(blueprint)
        if hasattr(module, "register"):
            module.register(app)


@cache
def _modules(role: str) -> tuple[ModuleType, ...]:
    """Import the modules of a role, such as `views` and `staff_views`, in all packages.

    All are imported before one is registered: modules that share a blueprint add routes to it.
    """
    names = (info.name for info in pkgutil.walk_packages(consultation.__path__, "consultation."))
    return tuple(import_module(name) for name in names if re.split(r"[._]", name)[-1] == role)


def _refuse_no_box(values: Mapping[str, Any]) -> None:
    """Raise `SettingRefused` for an invalid mail address: no mail at all could be sent."""
    boxes = [setting.name for setting in settings.SETTINGS if setting.shape is Shape.MAILBOX]
    for name in boxes:
        is_wanted = values[name] or name == "MAIL_SENDER"
        if is_wanted and not addresses.is_sendable(values[name]):
            raise settings.SettingRefused(
                f"CONSULTATION_{name} n'est pas l'adresse d'une boîte : écrivez-la seule, sans nom"
                " ni chevrons, comme contact@exemple.fr."
            )


def _bind_database(app: Flask) -> None:
    """Bind the database; raise `SettingRefused`, whose message does not repeat the address."""
    try:
        db.init_app(app)
    except (sa.exc.ArgumentError, ValueError, ModuleNotFoundError):
        raise settings.SettingRefused(
            "CONSULTATION_DATABASE_URL n'est pas l'adresse d'une base que ce site sait ouvrir :"
            " écrivez-la postgresql://compte@machine/base, ou laissez-la vide pour SQLite."
        ) from None


def _open_home(app: Flask) -> None:
    """Create the home folder, load the keys, configure the database; raise `SettingRefused`."""
    app.config["HOME"].mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring.load(app.config["KEYS_DIR"])
    first, *others = keyring.secret_keys
    app.config["SECRET_KEY"] = first
    app.config["SECRET_KEY_FALLBACKS"] = others
    app.config["SQLALCHEMY_DATABASE_URI"] = url = app.config["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, app.config["WEB_THREADS"])
