"""Inbox: incoming mail, sorted by staff and converted into contributions.

- collection/: collection of new messages from a mailbox or from files
- parsing/: the text, sender and nature of one mail
- answered_mail: the delivery that a message answers
- attachments: encrypted attachment files
- bulk: several messages set aside at once, and the undo
- confirmation: confirmation of authorship, by mail
- decisions: convert a message into responses, set it aside, take it back
- erasure: erasure of old messages, and of those of a respondent
- forms: forms of conversion and of setting aside
- indicator_answers: what staff read in a message of each indicator
- labels: French labels of incoming mail
- measure_proposals: measures that a message may be about
- models: tables of incoming mail
- queries: inbox queries of staff
- storage: storage of messages, each once
- views: staff pages, and the public page of confirmation
"""
