"""Domain check for `doctor`: what receivers want to see of a domain before they take its mail.

Reads what is published and says whether it is present and plausible.

- checks: all checks, in the order in which to mend what is lacking
- lookups: DNS lookups within one time budget
- record_checks: checks of SPF, DKIM, DMARC and MX records
- result: result of one check
- server_checks: checks of reverse names and TLS of the mail server
"""
