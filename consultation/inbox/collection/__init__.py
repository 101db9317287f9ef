"""Collection of new messages from a mailbox or from files.

- collector: fetches the new messages of each folder
- files: mail files: .eml, mbox and maildir
- imap: IMAP client
"""
