"""Inbox: incoming mail, sorted by staff and converted into contributions.

- collection/: fetching new messages from a mailbox or from files
- parsing/: the text, sender and nature of one mail
- answered_mail: the delivery that a message answers
- attachments: encrypted attachment files
- confirmation: mail that asks a sender to confirm authorship
- decisions: state machine of a message; its conversion into responses
- erasure: erasure of old messages, and of those of a respondent
- forms: forms of conversion and of setting aside
- labels: French labels
- measure_proposals: measures that a message may be about
- models: tables
- queries: staff queries
- storage: storage of messages, each once
- views: staff pages, and the public page of confirmation
"""
