"""Export orders: pages, jobs and notifications.

- forms: order form
- jobs: an order in the queue, and what runs it
- labels: French labels
- notification: « your export is ready » mail
- order: an order's values, and its labels in French
- views: the form, the orders, and one of them
"""
