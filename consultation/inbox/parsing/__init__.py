"""Parsing: what one mail says, whoever wrote it and however.

- classification: a person, a robot, a list or a bounce; the language of a text
- excess: what a mail may have too much of before it is parsed
- headers: mail headers, whatever their charset
- message: parses one mail
- parts: the text to read, HTML as text, and the attachments
- quotes: what a mail repeats of an earlier one, and the signature, are cut
- reader: reads mails in a process that can be ended
"""
