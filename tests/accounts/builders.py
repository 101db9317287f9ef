"""A cast of accounts, and a browser that keeps cookies and sends the token of the form it saw."""

import re

from flask import render_template_string
from flask_security import hash_password

from consultation.accounts import passwords, staffing
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.database import writing

BASE = "https://consultation.example"
HOST = "consultation.example"
COOKIE = "__Host-staff"
PASSWORD = "une phrase d’été, assez longue"
OTHER_PASSWORD = "encore une autre phrase, l’hiver"

PAGE = (
    '{% extends "base.html" %}{% block title %}Page{% endblock %}'
    "{% block main %}<h1>Page</h1>{% endblock %}"
)
STAND_INS = {
    "plan.home": "/",
    "plan.measures": "/mesures",
    "plan.accessibility": "/accessibilite",
    "responses.privacy": "/donnees-personnelles",
}


def add_stand_ins(app):
    """Give the frame of the pages the addresses it links to, as far as no room has them."""
    for endpoint, path in STAND_INS.items():
        if endpoint not in app.view_functions:
            app.add_url_rule(path, endpoint, lambda: render_template_string(PAGE))
    return app


_hashes = {}


def hash_of(password):
    if password not in _hashes:
        _hashes[password] = hash_password(passwords.normalized(password))
    return _hashes[password]


def make_account(session, email, *roles, password=PASSWORD):
    """An account with `roles`, by default an organiser's; return its id."""
    with writing(session):
        account = staffing.create_account(session, email, roles or (Role.ORGANISER,), now())
        staffing.set_password(session, account, hash_of(password), now())
    return account.id


def make_invitation(session, role=Role.ORGANISER, email=None, at=None):
    """The token of an invitation."""
    with writing(session):
        return staffing.invite(session, role, email, at or now())


class Browser:
    """Visits the site over https; a form is posted with the token of the page last seen."""

    def __init__(self, app):
        self.app = app
        self.client = app.test_client()
        self.token = None

    def open(self, path, **options):
        """Fetch a page in a context of its own: what one request knows, the next must not."""
        with self.app.app_context():
            return self._keep(self.client.open(path, base_url=BASE, **options))

    def _keep(self, page):
        text = page.get_data(as_text=True) if page.mimetype == "text/html" else ""
        found = re.search(r'name="csrf_token" value="([^"]+)"', text)
        self.token = found[1] if found else self.token
        return page

    def get(self, path, **options):
        return self.open(path, **options)

    def post(self, path, fields=None, headers=None, **options):
        """Post as a browser does from a page of this site."""
        fields = {"csrf_token": self.token or "", **(fields or {})}
        headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self.open(path, method="POST", data=fields, headers=headers, **options)

    def sign_in(self, email, password=PASSWORD, **options):
        self.get("/connexion")
        return self.post("/connexion", {"email": email, "password": password}, **options)

    def is_signed_in(self):
        return self.get("/organisation/").status_code == 200

    def change_password(self, old=PASSWORD, new=OTHER_PASSWORD):
        self.get("/connexion/mot-de-passe")
        return self.post(
            "/connexion/mot-de-passe",
            {"password": old, "new_password": new, "new_password_confirm": new},
        )

    def open_account(self, token, email="", password=PASSWORD, again=None):
        address = f"/connexion/bienvenue/{token}"
        self.get(address)
        return self.post(
            address,
            {"email": email, "password": password, "password_confirm": again or password},
        )

    @property
    def cookie(self):
        found = self.client.get_cookie(COOKIE, domain=HOST)
        return found and found.value

    @cookie.setter
    def cookie(self, value):
        self.client.set_cookie(COOKIE, value, domain=HOST, secure=True)


def shown(page):
    """The text of a page without what changes each time."""
    return re.sub(r'(name="csrf_token" value|value)="[^"]*"', "", page.get_data(as_text=True))
