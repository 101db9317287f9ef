"""Domain check for `doctor`: what receivers want to see of a domain before they take its mail.

Reads what is published and says whether it is present and plausible.

- checks: all checks, in the order in which to mend what is lacking
- lookups: DNS queries within one time budget
- record_checks: SPF, DKIM, DMARC and MX records, judged
- result: result of one check, and what it may quote of a stranger's record
- server_checks: reverse names and TLS of the mail server
"""
