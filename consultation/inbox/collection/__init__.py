"""Collection of new messages from a mailbox or from files.

- causes: why a mailbox could not be read
- collector: fetches the new messages of each folder
- files: mail files: .eml, mbox and maildir
- imap: IMAP client
"""
