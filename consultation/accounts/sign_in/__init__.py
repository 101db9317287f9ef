"""Sign-in: passwords, second factor, sessions, throttling.

- flask_security: adapter to Flask-Security
- flask_security_config: settings, French messages, datastore, mail and passwords
- forms: sign-in forms (WTForms)
- known_browser: cookie that recognises a browser
- passwords: password policy, and the mail with a reset link
- sessions: server-side staff sessions
- throttling: rate limits for sign-in
- two_factor: TOTP and recovery codes
- two_factor_views: second step of signing in
"""
