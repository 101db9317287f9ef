"""Mail delivery: claim, send, mark.

- breakers: circuit breakers
- claim: claims the next due mail
- loop: claim, decrypt, render, send, mark
- outcomes: writes the outcome of an attempt
"""
