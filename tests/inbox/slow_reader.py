"""The process of the mail reader, with messages that it never gets to the end of.

A test puts this module in place of `consultation.inbox.parsing.reader`.
"""

import os

from consultation.inbox.parsing import message, reader

_read, _headers_only = message.read, message.headers_only
NEVER_ENDING, DEADLY = b"Subject: Sans fin", b"Subject: Mortel"
SECONDS = 0
"""What a message may take, beyond the second that the clock of the system rounds up."""


def read(raw):
    if DEADLY in raw or (NEVER_ENDING in raw and b"\n\n" in raw.replace(b"\r", b"").strip()):
        _do_not_end(raw)
    return _read(raw)


def headers_only(raw, reason):
    if DEADLY in raw:
        os._exit(9)
    return _headers_only(raw, reason)


def _do_not_end(raw):
    while True:
        hash(raw)


def main(descriptor, parent):
    message.read, message.headers_only = read, headers_only
    reader.CPU_SECONDS = SECONDS
    reader.main(descriptor, parent)
