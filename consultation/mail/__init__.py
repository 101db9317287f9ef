"""Mail: outbox, pacing, delivery, suppression, and the check of the sending domain.

- delivery/: claim, send, write the outcome
- domain_check/: SPF, DKIM, DMARC, reverse names and TLS of the sending domain
- letters/: letters rendered once with placeholders, filled in for each mail
- addresses: validation, canonical form, masking of addresses
- outbox_actions: resend, cancel and release messages; rows of the outbox pages
- circulars: mail to many, one to each recipient
- displayed_states: displayed states of messages
- forms: the address to suppress
- kinds: registry of message kinds
- labels: French labels of mail
- mailbox_identity: tells the rows of one mailbox from those of another
- models: mail tables
- outbox: messages are enqueued, gathered, paced and capped
- rendering: rendering of mails from templates
- retention: blanks the content of messages, removes local copies
- suppression: suppression list
- transport: to an SMTP server or a local maildir, within one deadline
- views: staff pages of mail, and the public page that stops it
"""
