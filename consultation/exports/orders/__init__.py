"""Export orders: pages, jobs and notifications.

- forms: order form
- jobs: runs an ordered export; orders as jobs
- labels: French labels
- notification: « your export is ready » mail
- order: order in French words; Order value object
- views: its pages; pages of one export; export order page
"""
