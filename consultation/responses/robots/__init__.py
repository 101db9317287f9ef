"""Robots: what tells a person who sends a form from a machine, and costs the machine something.

- proof_of_work: proof of work (altcha)
- proof_of_work_views: page that switches proof of work on
- spam: honeypot, timing, missing proof of work
"""
