"""Parsing: the text, the sender and the nature of one mail, however broken.

- classification: mail of a person, robot or list, or a bounce
- limits: limits that a mail must keep before it is parsed
- headers: mail headers, whatever their charset
- message: from the bytes of one mail to its text, sender and sort
- parts: text, HTML as text, and attachments
- quotes: removal of quotations and signatures
- reader: parser in a process that can be ended
"""
