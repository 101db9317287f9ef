"""How Flask-Security is set: its sentences in French, and which of its parts are on."""

from datetime import timedelta
from typing import Any

from consultation.accounts import resetting

MESSAGES = {
    "GENERIC_AUTHN_FAILED": "L'adresse ou le mot de passe ne convient pas : vérifiez l'un et"
    " l'autre.",
    "PASSWORD_RESET_REQUEST": "Si cette adresse a un compte, un courriel vient d'y être envoyé :"
    f" son lien sert une fois, pendant {resetting.MINUTES} minutes.",
    "PASSWORD_RESET_EXPIRED": "Ce lien a expiré : demandez-en un autre ci-dessous.",
    "INVALID_RESET_PASSWORD_TOKEN": "Ce lien a déjà servi ou n'est pas complet : demandez-en un"
    " autre ci-dessous.",
    "PASSWORD_RESET_NO_LOGIN": "Votre mot de passe est changé : connectez-vous avec le nouveau.",
    "PASSWORD_CHANGE": "Votre mot de passe est changé. Les autres appareils où vous étiez"
    " connecté·e ne le sont plus.",
    "PASSWORD_NOT_PROVIDED": "Écrivez le mot de passe.",
    "INVALID_PASSWORD": "Ce n'est pas votre mot de passe actuel.",
    "RETYPE_PASSWORD_MISMATCH": "Les deux mots de passe ne sont pas les mêmes : écrivez-les de"
    " nouveau.",
    "EMAIL_NOT_PROVIDED": "Écrivez votre adresse.",
    "INVALID_EMAIL_ADDRESS": "Écrivez une adresse complète, comme prenom@association.example.",
}
RESET_KEPT = (
    "Ce site n'a pas encore de serveur de courriel : aucun lien ne peut vous parvenir. Prévenez la"
    " personne qui administre le site."
)
SETTINGS: dict[str, Any] = {
    "LOGIN_URL": "/connexion",
    "RESET_URL": "/connexion/oubli",
    "CHANGE_URL": "/connexion/mot-de-passe",
    "LOGOUT_METHODS": None,  # `accounts.leave` signs out
    "FRESHNESS": timedelta(days=-1),  # no view that asks for the password again
    "STATIC_FOLDER": None,
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "LOGIN_USER_TEMPLATE": "accounts/login.html",
    "FORGOT_PASSWORD_TEMPLATE": "accounts/forgot.html",
    "RESET_PASSWORD_TEMPLATE": "accounts/reset.html",
    "CHANGE_PASSWORD_TEMPLATE": "accounts/change.html",
    "POST_LOGIN_VIEW": "accounts.workspace",
    "POST_CHANGE_VIEW": "accounts.workspace",
    "POST_RESET_VIEW": "security.login",
    "RESET_PASSWORD_WITHIN": timedelta(minutes=resetting.MINUTES),
    "RETURN_GENERIC_RESPONSES": True,
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    # 19 MiB, two passes, one lane: what OWASP advises where memory is shared with other threads.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19_456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    # Ties a link for a reset to the password's long random hash: no need to be slow.
    "HASHING_SCHEMES": ["hex_sha256"],
    "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # no question to the DNS
    "EMAIL_PLAINTEXT": False,  # the worker renders mails
    "EMAIL_HTML": False,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    "SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
    "API_ENABLED_METHODS": ["session"],
    "JOIN_USER_ROLES": False,
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    **{f"MSG_{name}": (text, "info") for name, text in MESSAGES.items()},
}
