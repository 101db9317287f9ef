"""Submission: a form from its page to its receipt.

- acceptance: a form that was checked: counted, stored and acknowledged, or why not
- acknowledgement: the mail that confirms a response
- completion: how many forms took how many minutes
- context: round, measure, key and notice of a form, in one query
- handlers: request handlers that display a form and receive it
- key: submission key (idempotency token)
- sender: whether a public form is of the respondent of the open space
- page: the form, blank from the cache or filled, with its notice
- paper_views: blank form and poster of a measure, while the round is open
- posted: what the buttons and the address of a posted form say
- receipt: its code, its token, its page
- repeats: the same content sent again within two hours
- store: a checked form as rows, and the inserts of response and answers
- submit: submission of a response: the one write path
- views: pages of the public form, its receipt and the privacy notice
"""
