"""Submission: a form from its page to its receipt.

- context: is the form still open; is the key used; one-query context of a form (blank, posted);
  privacy notice version
- handlers: calls submit and turns outcomes into pages; no route: shows and receives the form
- key: submission key (idempotency token)
- ownership: whose a public form is where a space is open
- page: cached blank form page; no form: page state, space cookie, instrument cache
- proof_of_work: proof of work (altcha)
- proof_of_work_views: page that switches proof of work on
- receipt: acknowledgement message; receipt codes and tokens
- receipt_views: receipt page; also the privacy page
- repeats: the same content sent again within two hours
- spam: honeypot and timing signals; count of forms received, for the attack page
- store: identity answers to respondent and contact rows; inserts response and answers
- submit: submit: the one write path
- views: fast path of a posted form; routes of the public form
"""
