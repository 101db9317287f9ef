"""Where a request begins and ends on a connection: what waitress reads, and nothing in doubt.

A request that could be said to end in two places is refused: whoever stands in front may believe
the one, we the other, and what lies between would be a request that nobody has let through.
"""

import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

CODING = re.compile(rb"^transfer-encoding:(.*)$", re.IGNORECASE | re.MULTILINE)
AS_BLANKS = bytes.maketrans(b"\t\r\n", b"   ")
TOO_BLANK = b" " * 256
"""Waitress reads a header in a time that grows with the square of the blanks in a row."""
CHUNKED = [b"chunked"]
LONGEST_LINE = 8 * 1024  # bytes above a chunk, or after the last
HEAD = b"HEAD "
READING = (b"GET ", HEAD)


class _Chunks(ChunkedReceiver):
    """A body in chunks, with nothing else between them."""

    error: BadRequest | None = None

    def received(self, data: bytes) -> int:
        consumed = 0
        while consumed < len(data) and not self.completed and not self.error:
            consumed += super().received(self._next(data, consumed))
            self._refuse_unless(len(self.trailer) <= LONGEST_LINE)
        return consumed

    def _next(self, data: bytes, start: int) -> bytes:
        """Return a part of `data` no longer than what is expected, a line as it has to be."""
        if self.chunk_remainder:
            return data[start : start + self.chunk_remainder]
        if self.validate_chunk_end:
            return data[start : start + 2 - len(self.chunk_end)]
        if self.all_chunks_received:
            return data[start:]
        end = data.find(b"\n", start) + 1 or len(data)
        line = self.control_line + data[start:end]
        is_whole = line.endswith(b"\r\n") and line != b"\r\n"
        self._refuse_unless(is_whole or not line.endswith(b"\n"))
        self._refuse_unless(len(line) <= LONGEST_LINE)
        return data[start:end]

    def _refuse_unless(self, is_right: bool) -> None:
        """Refuse what waitress passes over, or keeps and reads again with each part that comes."""
        if not is_right:
            self.error = BadRequest("no chunk")


class Request(HTTPRequestParser):
    """A request that says where it ends, in one way only."""

    body_rcv: Any = None
    opening = b""
    path = ""  # also of a request that can't be read

    @property
    def is_head(self) -> bool:
        """Say whether the answer, even a refusal, is to have no body."""
        return self.opening == HEAD

    @property
    def only_reads(self) -> bool:
        """Say whether nothing is sent with it, as far as its method tells."""
        return self.opening.startswith(READING)

    def received(self, data: bytes) -> int:
        if len(self.opening) < len(HEAD):
            self.opening = (self.opening + data).lstrip()[: len(HEAD)]
        consumed: int = super().received(data)
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        if TOO_BLANK in header_plus.translate(AS_BLANKS):
            raise ParsingError("nothing but blanks")
        try:
            super().parse_header(header_plus)
        except (ValueError, TransferEncodingNotImplemented) as exception:
            # Of addresses and lengths that Python can't read, waitress catches a few only.
            raise ParsingError(str(exception)) from None
        codings = CODING.findall(header_plus.lower())
        self._refuse_doubts([coding.removesuffix(b"\r").strip(b" \t") for coding in codings])
        if self.chunked:
            self.body_rcv = _Chunks(self.body_rcv.getbuf())

    def _refuse_doubts(self, codings: list[bytes]) -> None:
        if codings and (codings != CHUNKED or not self.chunked or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("two lengths, or none")
        if self.version == "1.1" and "," in self.headers.get("HOST", ","):
            raise ParsingError("two hosts, or none")
