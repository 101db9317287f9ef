"""Mail: the outbox, its pacing and delivery, and what may not be written to.

- delivery/: claim, send, mark
- addresses: validation, canonical form, masking of addresses
- admin: resend, cancel, release held mail; queries of the staff outbox pages; the test mail
- bounces: VERP return path, bounce recording
- boxes: which rows are of one mailbox
- displayed_states: states of mail as pages tell them
- domain_check: result type of the domain check; `doctor`: checks of the sending domain; DNS
  lookups with a shared time budget; PTR check; SPF check, proposes a record; TLS check of the
  SMTP server; DKIM and DMARC checks; SPF evaluator (RFC 7208)
- kinds: registry of message kinds
- labels: French labels of mail states
- models: outbox, delivery, suppression, breaker tables
- outbox: enqueue a message, backlog queries; daily caps, batching, advisory lock
- rendering: templates to EmailMessage
- retention: blanks sent messages, removes local copies
- suppression: suppression list, unsubscribe tokens
- transport: total deadline for an SMTP conversation; maildir transport; NotNow, Refused,
  Transport protocol; classifies SMTP replies; SMTP client with verified TLS
- views: unsubscribe page; staff mail pages
"""
