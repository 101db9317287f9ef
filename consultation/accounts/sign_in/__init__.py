"""Sign-in: passwords, second factor, sessions, rate limits.

- forms: sign-in forms (WTForms)
- hashes: stored hashes of passwords (Argon2id)
- known_browser: cookie that recognises a browser
- password_views: pages of sign-in and of passwords
- passwords: policy, and reset by a mailed link
- rate_limits: limits by source and by account
- sessions: sessions of staff, which can be revoked
- signed_in: the steps of signing in, and the account that has
- two_factor: second factor: TOTP and recovery codes
- two_factor_views: pages of the second factor at sign-in
"""
