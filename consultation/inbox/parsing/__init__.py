"""Parsing: the text, the sender and the nature of one mail, however broken.

- classification: mail of a person, robot or list, or a bounce
- headers: mail headers, whatever their charset
- html_text: HTML as text
- limits: limits that a mail must keep before it is parsed
- message: from the bytes of one mail to its text, sender and sort
- parts: text and attachments
- quotes: removal of quotations
- reader: parser in a process that can be ended
- signatures: removal of signatures
"""
