"""Mail: the outbox, its pacing and delivery, and what may not be written to.

- delivery/: claim, send, mark
- addresses: validation, canonical form, masking of addresses
- admin: resend, cancel, release what is held; the outbox pages; the test mail
- bounces: VERP return path, bounce recording
- boxes: which rows are of one mailbox
- displayed_states: states of mail as pages tell them
- domain_check/: SPF, DKIM, DMARC, reverse names and TLS of the sending domain
- kinds: registry of message kinds
- labels: French labels of mail states
- models: outbox, delivery, suppression, breaker tables
- outbox: messages owed, gathered, paced and capped; the backlog
- rendering: templates to EmailMessage
- retention: blanks sent messages, removes local copies
- suppression: suppression list, unsubscribe tokens
- transport: SMTP and maildir, within one deadline, and what a server's answer means
- views: those of the staff, and the public one that stops mail
"""
