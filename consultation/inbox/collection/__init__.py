"""Collection of new messages from a mailbox or from files.

- collector: fetches new messages, and stores how far each folder was read
- files: files of mail: .eml, mbox and maildir
- imap: IMAP client
"""
