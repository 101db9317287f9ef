"""Responses: what respondents send, correct, save and take back.

- drafts/: forms that are saved before they are sent
- rights/: a respondent's copy, withdrawal and erasure
- robots/: what tells a person who sends a form from a machine
- space/: a respondent's own pages, opened by a personal link
- staff/: responses as the staff reads them
- submission/: a form from its page to its receipt
- identity: identity of a respondent, and the rows that keep it
- models: respondent, contact, link, session, submission, draft, response, answer tables
- plan_changes: plan edits and imports with their effect on open forms
- revisions: responses with their answers, and how two of them differ
- transcription: transcription of a contribution from mail or paper
"""
