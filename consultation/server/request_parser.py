"""Request parser against request smuggling: waitress's own, strict about where a request ends.

A request whose end is ambiguous is refused: a front server may see one end and we another, and
what lies between would be a request that the front server never checked.
"""

import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

CODING = re.compile(rb"^transfer-encoding:(.*)$", re.IGNORECASE | re.MULTILINE)
AS_BLANKS = bytes.maketrans(b"\t\r\n", b"   ")
TOO_BLANK = b" " * 256
"""waitress parses a header in time quadratic in the blanks in a row."""
CHUNKED = [b"chunked"]
LONGEST_LINE = 8 * 1024  # bytes of a chunk's size line, or of the trailer
HEAD = b"HEAD "
READING = (b"GET ", HEAD)


class _Chunks(ChunkedReceiver):
    """A chunked body, with nothing else between the chunks."""

    error: BadRequest | None = None

    def received(self, data: bytes) -> int:
        consumed = 0
        while consumed < len(data) and not self.completed and not self.error:
            consumed += super().received(self._next(data, consumed))
            self._refuse_unless(len(self.trailer) <= LONGEST_LINE)
        return consumed

    def _next(self, data: bytes, start: int) -> bytes:
        """Return the next piece of `data`: at most what is expected, a size line whole."""
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
        """Refuse what waitress skips, or keeps and parses again with each piece."""
        if not is_right:
            self.error = BadRequest("no chunk")


class Request(HTTPRequestParser):
    """A request with exactly one way to tell its end."""

    body_rcv: Any = None
    opening = b""
    path = ""  # also of a request that can't be read

    @property
    def is_head(self) -> bool:
        return self.opening == HEAD

    @property
    def only_reads(self) -> bool:
        """True for GET and HEAD."""
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
            # waitress catches only some of what Python can't parse in addresses and lengths.
            raise ParsingError(str(exception)) from None
        codings = CODING.findall(header_plus.lower())
        self._refuse_ambiguity([coding.removesuffix(b"\r").strip(b" \t") for coding in codings])
        if self.chunked:
            self.body_rcv = _Chunks(self.body_rcv.getbuf())

    def _refuse_ambiguity(self, codings: list[bytes]) -> None:
        if codings and (codings != CHUNKED or not self.chunked or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("two lengths, or none")
        if self.version == "1.1" and "," in self.headers.get("HOST", ","):
            raise ParsingError("two hosts, or none")
