"""Site settings: those of `consultation.settings` that administrators change on screen.

- changes: stores what was changed, and tells what is in force
- config: the configuration of the application, which reads what was stored
- forms: the form of all of them
- models: the table of what was changed
- views: the page of settings
"""
