"""Submission: a form from its page to its receipt.

- context: what a form needs to know of its round, key and notice, in one query
- handlers: what each outcome of a submission shows
- key: submission key (idempotency token)
- ownership: whose a public form is where a space is open
- page: the form, blank from the cache or filled, with its notice
- proof_of_work: proof of work (altcha)
- proof_of_work_views: page that switches proof of work on
- receipt: its code and token, and the acknowledgement that goes by mail
- repeats: the same content sent again within two hours
- spam: honeypot, timing, and how many forms come in
- store: respondent, contact, response and answers as rows
- submit: the one write path
- views: pages of the public form, its receipt and the privacy notice
"""
