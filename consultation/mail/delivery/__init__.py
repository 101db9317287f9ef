"""Mail delivery: claim, send, write the outcome.

- bounces: their signed return path (VERP), and their effect
- breakers: circuit breakers of the mail server, of domains and of floods
- claim: claim of the mails that are due, each by one worker
- kept: mail that stayed here for want of a server, sent once one is set
- loop: delivery loop
- outcomes: outcomes of delivery attempts
"""
