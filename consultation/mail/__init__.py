"""Mail: outbox, pacing, delivery, suppression, and the check of the sending domain.

- delivery/: claim, send, write the outcome
- addresses: validation, canonical form, masking of addresses
- admin: resend, cancel, release; rows of the outbox pages; the test mail
- bounces: VERP return path, bounce recording
- boxes: mailbox identity of rows
- displayed_states: displayed states of messages
- domain_check/: SPF, DKIM, DMARC, reverse names and TLS of the sending domain
- forms: the address to suppress
- kinds: registry of message kinds
- labels: labels of mail in French
- models: outbox, delivery, suppression, breaker tables
- outbox: messages enqueued, gathered, paced and capped; the backlog
- rendering: rendering of mails from templates
- retention: blanks messages, removes local copies
- suppression: suppression list, unsubscribe tokens
- transport: SMTP and maildir, within one deadline
- views: staff pages of mail, and the public page that stops it
"""
