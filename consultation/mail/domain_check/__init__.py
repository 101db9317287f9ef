"""Domain check for `doctor`: what receivers want to see of a domain before they take its mail.

- checks: SPF, DKIM, DMARC, MX, reverse name and TLS, in the order in which to mend them
- lookups: DNS lookups within one time budget
"""
