"""Submission: a form from its page to its receipt.

- completion: how many forms took how many minutes
- context: round, measure, key and notice of a form, in one query
- handlers: request handlers that display a form and receive it
- key: submission key (idempotency token)
- sender: whether a public form is of the respondent of the open space
- page: the form, blank from the cache or filled, with its notice
- paper_views: blank form and poster of a measure, while the round is open
- proof_of_work: proof of work (altcha)
- proof_of_work_views: page that switches proof of work on
- receipt: its code and token, and the acknowledgement that goes by mail
- repeats: the same content sent again within two hours
- spam: honeypot, timing, missing proof of work
- store: respondent, contact, response and answers as rows
- submit: submission of a response: the one write path
- views: pages of the public form, its receipt and the privacy notice
"""
