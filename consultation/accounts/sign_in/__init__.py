"""Sign-in: passwords, second factor, sessions, throttling.

- flask_security: Flask-Security adapter
- flask_security_config: Flask-Security datastore, mail and password classes; Flask-Security
  settings and French messages
- forms: sign-in forms (WTForms)
- known_browser: known-browser cookie; no views in it
- passwords: password policy; password-reset mail
- sessions: server-side staff sessions
- throttling: rate limits for sign-in; no views in it
- two_factor: TOTP and recovery codes
- views: second step of signing in
"""
