"""Sign-in: passwords, second factor, sessions, rate limits.

- flask_security: adapter to Flask-Security
- flask_security_config: settings, French messages, datastore, mail and passwords
- forms: sign-in forms (WTForms)
- known_browser: cookie that recognises a browser
- passwords: policy, and reset by a mailed link
- rate_limits: limits by source and by account
- sessions: sessions of staff, which can be revoked
- two_factor: second factor: TOTP and recovery codes
- two_factor_views: pages of the second factor at sign-in
"""
