"""Dashboard: the menu of the staff, and their home page.

- home: setting up until the first opening, then the work of the day and the round's calendar
- menu: entries of the staff menu, each with its status
- tasks: what is to be done now, by permission
"""
