"""Parsing: what one mail says, whoever wrote it and however.

- classification: delivery status notifications; guesses fr/en; person, robot, list or bounce
- excess: what a mail may have too much of before it is parsed
- headers: charset decoding; mail headers
- message: parses one mail
- parts: attachments of a parsed mail; HTML to text; MIME parts
- quotes: removes quotes; « Le … a écrit : » lines; removes e-mail signatures; signs nothing
- reader: reads mails in a process that can be ended
"""
