"""Parsing: the text, the sender and the nature of one mail, however broken.

- classification: mail of a person, robot, list or bounce; language of a text
- limits: limits that a mail must keep before it is parsed
- headers: mail headers, whatever their charset
- message: parser of one mail
- parts: text, HTML as text, and attachments
- quotes: removal of quotations and signatures
- reader: parser in a process that can be ended
"""
