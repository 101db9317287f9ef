"""Operations: what keeps the site running for years.

- backups/: making, signing, sealing and restoring them
- doctor/: what `consultation doctor` looks at
- keys/: rotation, and whether they are those of this database
- retention/: what is erased when, and the notices before
- deployment: writes systemd and nginx files
- mailboxes: fills in the exact mailbox of older rows
- reports: the daily digest, and the weekly report of accesses
"""
