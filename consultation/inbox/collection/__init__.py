"""Collection: fetching new messages from a mailbox or from files.

- collector: fetches new messages; IMAP folder position (last UID)
- files: mbox, maildir, eml readers
- imap: IMAP client
"""
