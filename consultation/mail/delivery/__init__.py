"""Mail delivery: claim, send, write the outcome.

- breakers: circuit breakers of the mail server, of domains and of floods
- claim: claim of the next due mail, by one worker at a time
- loop: delivery loop
- outcomes: outcomes of delivery attempts
"""
