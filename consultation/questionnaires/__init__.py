"""Questionnaires: what is asked, in which round, in which version.

- editor/: the pages on which organisers compose the outline
- form/: a published questionnaire as respondents meet it
- kinds/: one file each, listed in one table
- outline/: the questionnaire that all forms of a round are made from
- publication/: from the outline to the frozen forms of a round
- rounds/: periods of collection, from preparation to closing
- workbook/: the outline as a file, read and written
- models: round, outline, text, questionnaire, question, option tables
"""
