"""Sign-in: passwords, second factor, sessions, throttling.

- flask_security: Flask-Security adapter
- flask_security_config: settings, French messages, datastore, mail and passwords
- forms: sign-in forms (WTForms)
- known_browser: known-browser cookie; no views in it
- passwords: the policy, and the mail that resets one
- sessions: server-side staff sessions
- throttling: rate limits for sign-in; no views in it
- two_factor: TOTP and recovery codes
- views: second step of signing in
"""
