"""Builders of accounts, and a browser that keeps cookies and sends the token of its form."""

import re

import sqlalchemy as sa
from flask import current_app, render_template_string
from flask_wtf.csrf import generate_csrf
from passlib.totp import TOTP
from sqlalchemy.orm import Session
from werkzeug.http import parse_cookie

from consultation.accounts import invitations, staff
from consultation.accounts.models import Account, Role, SecondFactor
from consultation.accounts.sign_in import hashes, signed_in, two_factor
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db

BASE = "https://consultation.example"
HOST = "consultation.example"
COOKIE = "__Host-staff"
PASSWORD = "une phrase d’été, assez longue"
OTHER_PASSWORD = "encore une autre phrase, l’hiver"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODE_PAGE = "/connexion/code"

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
    effort = str(current_app.config.get("PASSWORD_EFFORT"))
    if (password, effort) not in _hashes:
        _hashes[password, effort] = hashes.hash_of(password)
    return _hashes[password, effort]


def make_account(session, email, *roles, password=PASSWORD, second_factor=None):
    """An account with `roles`, by default an organiser's; return its id.

    Administrators have a second factor, whose secret is `SECRET`; others only if asked.
    """
    roles = roles or (Role.ORGANISER,)
    with writing(session):
        account = staff.create_account(session, email, roles, now())
        staff.set_password(session, account, hash_of(password), now())
        if Role.ADMINISTRATOR in roles if second_factor is None else second_factor:
            account.second_factor = SecondFactor(secret=SECRET, last_counter=0, set_up_at=now())
    return account.id


def code_of(secret=SECRET, later=0):
    """What an application whose clock is `later` by so many seconds shows now."""
    at = int(now().timestamp()) + later
    return TOTP(key=secret, format="base32").generate(at).token


def forget_codes():
    """Let the code of this half minute serve again, for tests that sign in faster than people."""
    with Session(db.engine) as own, writing(own):
        own.execute(sa.update(SecondFactor).values(last_counter=0))


def make_recovery_codes(session, account_id):
    """Ten recovery codes of an account that has the second factor of `make_account`."""
    with writing(session):
        account = session.get(Account, account_id)
        return two_factor._make_recovery_codes(session, account)


def make_invitation(session, role=Role.ORGANISER, email=None, at=None):
    """The token of an invitation."""
    with writing(session):
        return invitations.invitation_token(session, role, email, at or now())


def set_up_in(page):
    """Set a second factor up in a real browser that stands on its page."""
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(code_of(secret))
    page.get_by_role("button", name="Activer la vérification").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()


def give_code_in(page):
    """Give the code of `SECRET` in a real browser that is asked for it."""
    page.get_by_label("Code à six chiffres").fill(code_of())
    page.get_by_role("button", name="Se connecter").click()


class Browser:
    """Visits the site over https; a form is posted with the token of the page last seen."""

    def __init__(self, app):
        self.app = app
        self.client = app.test_client()
        self.token = None

    def copy(self):
        """Another window of the same browser: the same cookies and the same form."""
        other = Browser(self.app)
        other.client._cookies, other.token = dict(self.client._cookies), self.token
        return other

    def open(self, path, **options):
        """Fetch a page in a context of its own: what one request knows, the next must not."""
        with self.app.app_context():
            return self._keep(self.client.open(path, base_url=BASE, **options))

    def _keep(self, page):
        text = page.get_data(as_text=True) if page.mimetype == "text/html" else ""
        match = re.search(r'name="csrf_token" value="([^"]+)"', text)
        self.token = match[1] if match else self.token
        return page

    def get(self, path, **options):
        return self.open(path, **options)

    def post(self, path, fields=None, headers=None, **options):
        """Post as a browser does from a page of this site."""
        fields = {"csrf_token": self.token or "", **(fields or {})}
        headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self.open(path, method="POST", data=fields, headers=headers, **options)

    def sign_in(self, email, password=PASSWORD, **options):
        """Sign in, with the code of the application where one is asked for."""
        answer = self.give_password(email, password, **options)
        if answer.location != CODE_PAGE:
            return answer
        with self.app.app_context():
            forget_codes()
        return self.give_code(code_of(), **options)

    def enter(self, email):
        """Open the session that signing in opens, without its pages."""
        db.session.commit()
        with self.app.test_request_context("/connexion", base_url=BASE) as context:
            account = db.session.scalars(sa.select(Account).filter_by(email=email)).one()
            with writing(db.session()):
                token = signed_in._open(account, "signed_in", now())
            signed_in._rotate(token)
            self.token = generate_csrf()
            answer = self.app.response_class()
            self.app.session_interface.save_session(self.app, context.session, answer)
        self.cookie = parse_cookie(answer.headers["Set-Cookie"])[COOKIE]

    def give_password(self, email, password=PASSWORD, **options):
        self.get("/connexion")
        return self.post("/connexion", {"email": email, "password": password}, **options)

    def give_code(self, code, page=CODE_PAGE, **options):
        self.get(page)
        return self.post(page, {"code": code}, **options)

    def set_up_second_factor(self):
        """Set a second factor up; return the page with the recovery codes, and the secret."""
        page = self.get("/organisation/compte/deux-etapes")
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
        answer = self.post("/organisation/compte/deux-etapes", {"code": code_of(secret)})
        return answer, secret

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
        match = self.client.get_cookie(COOKIE, domain=HOST)
        return match and match.value

    @cookie.setter
    def cookie(self, value):
        self.client.set_cookie(COOKIE, value, domain=HOST, secure=True)


def text_of(page):
    """The text of a page without what changes each time."""
    return re.sub(r'(name="csrf_token" value|value)="[^"]*"', "", page.get_data(as_text=True))
