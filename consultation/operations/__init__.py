"""Operations: backups, keys, retention, deployment, checks and reports.

- backups/: backup, signature, encryption and restore
- doctor/: the checks of `consultation doctor`
- keys/: rotation and verification of keys
- retention/: periods, erasure, and the notices before
- deployment: systemd and nginx files
- mailbox_hashes: mailbox hashes of older rows, filled in
- readiness: what the checklist of a round has to know of the site
- reports: daily digest, weekly report of accesses
- trial_remains: editions and reports that a trial left in public, and their removal
- views: the page of the state of the site
"""
