"""Dashboard: the menu of the staff, and their home page.

- fold_views: choice to see the English texts and the codes of forms, folded else
- help: what each page is for, for its panel, the page of help and the printed guide
- help_views: pages of help
- home: setting up until the first opening, then the work of the day and the round's calendar
- menu: entries of the staff menu, each with its status
- tasks: what is to be done now, by permission
"""
