"""Collection: fetching new messages from a mailbox or from files.

- collector: fetches new messages, and keeps the place reached in each folder
- files: mbox, maildir, eml readers
- imap: IMAP client
"""
