"""Mail delivery: claim, send, mark.

- breakers: circuit breakers
- claim: claims the next due mail
- loop: delivery loop; decrypts a claimed mail and renders it
- outcomes: writes the outcome of an attempt
"""
