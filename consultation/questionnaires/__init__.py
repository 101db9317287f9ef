"""Questionnaires: rounds, their outline, and the forms published from it.

- editor/: the staff pages on which organisers compose the outline
- form/: a published questionnaire as respondents fill it in
- kinds/: one class each, listed in `KINDS`
- outline/: the questionnaire from which all forms of a round are built
- publication/: from the outline to the published forms of a round
- rounds/: periods of collection, from preparation to closing
- workbook/: the outline as a file, read and written
- models: round, outline, text, questionnaire, question, option tables
"""
