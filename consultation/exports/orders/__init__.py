"""Export orders: pages, jobs and notifications.

- forms: order form
- jobs: an order in the queue, and what runs it
- labels: French labels
- notification: mail of an export that is ready, or that failed
- order: an order's values, their JSON, and its labels in French
- views: pages of the form, the orders, and one of them
"""
