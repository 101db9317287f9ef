"""Dashboard: the menu of the staff, and their home page.

- evaluation_views: page by which the team says that it evaluates the plan too
- fold_views: choice to see the translations and the codes of forms, folded else
- help: what each page is for, for its panel, the page of help and the printed guide
- help_views: pages of help
- home: setting up until the first opening, then where the team stands, and the calendar
- indicator: everything that the team has of one indicator
- indicator_views: page of one indicator for the team
- menu: acts, steps and pages of the staff menu
- news: since when people have news of an edition by mail
- news_views: pages of what to do with the last edition, and with the last report
- tasks: what is to be done now, by permission
"""
