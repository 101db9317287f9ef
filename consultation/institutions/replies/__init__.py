"""Replies of institutions: a judgement and values shown to one, what it replies, what is public.

- erasure: erasure of addresses and replies of institutions
- forms: forms of a request and of a reply
- frozen_values: values as an institution was shown them
- labels: French texts of the state of a request
- link_views: page of the institution, opened by its personal link
- message: mails to an institution, and its personal link
- models: tables
- queries: requests of the staff's pages, and replies that are public
- reminders: reminders of replies that are not given yet
- reply: the reply of an institution, stored once, corrected by another
- requests: requests for a reply: sent, taken back, published
- views: staff pages of requests
"""
