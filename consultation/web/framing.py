"""Where a request begins and ends on a connection: what waitress reads, and nothing in doubt."""

import re

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.utilities import BadRequest

CODING = re.compile(rb"^transfer-encoding:[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
CHUNKED = [b"chunked"]
LONGEST_LINE = 8 * 1024  # bytes between two chunks, or after the last


class Request(HTTPRequestParser):
    """A request that says where it ends in one way only.

    Of two, whoever stands in front may believe the other, and let a second request through unseen.
    """

    opening = b""

    @property
    def is_head(self) -> bool:
        """Say whether the answer, even a refusal, is to have no body."""
        return self.opening == b"HEAD "

    def received(self, data: bytes) -> int:
        if len(self.opening) < 5:
            self.opening = (self.opening + data).lstrip()[:5]
        consumed: int = super().received(data)
        if self.chunked and not self.completed:
            self._bound_what_is_no_body()
        return consumed

    def _bound_what_is_no_body(self) -> None:
        """Refuse what is neither in a chunk nor ends: waitress reads all of it again each time."""
        body = self.body_rcv
        if len(body.control_line) + len(body.trailer) > LONGEST_LINE:
            self.error = BadRequest("no chunk")
            self.completed = True

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except (ValueError, TransferEncodingNotImplemented) as exception:
            # Of addresses and lengths that Python can't read, waitress catches a few only.
            raise ParsingError(str(exception)) from None
        self._refuse_doubts(CODING.findall(header_plus.lower()))

    def _refuse_doubts(self, codings: list[bytes]) -> None:
        if codings and (codings != CHUNKED or not self.chunked or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("two lengths")
        if self.version == "1.1" and "," in self.headers.get("HOST", ","):
            raise ParsingError("no host, or two")
