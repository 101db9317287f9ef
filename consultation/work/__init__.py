"""The work of the team: what its services are given, and what its pages do with them.

- actions: a form checked, a service in one transaction, the next page
- lists: filters, tabs, order and pages of a list, in its address
- services: a piece of work, and the permission that a service needs
"""
