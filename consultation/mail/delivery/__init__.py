"""Mail delivery: claim, send, write the outcome.

- breakers: circuit breakers of the mail server, of domains and of floods
- claim: claim of the mails that are due, each by one worker
- loop: delivery loop
- outcomes: outcomes of delivery attempts
"""
