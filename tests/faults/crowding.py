"""Visitors by the hundred from one process: each opens the form, answers it, sees the receipt."""

import asyncio
import statistics
import time
import zlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.benchmarks.visitors import LOCATION, Visit
from tests.faults.visiting import Form

GZIP = zlib.MAX_WBITS + 16
HURRY = 30  # seconds after which a visitor gives up


@dataclass
class Answers:
    """How long each answer took, by its status (0: none), and how many visits came to their end."""

    seconds: float
    took: dict[int, list[float]] = field(default_factory=dict)
    visits: int = 0
    complete: int = 0
    without_retry_after: int = 0

    def per_second(self):
        return self.complete / self.seconds

    def p95(self, *statuses):
        took = [one for status in statuses for one in self.took.get(status, [])]
        return statistics.quantiles(took, n=20)[-1] if len(took) > 1 else 0.0


class Crowd:
    """Those who answer one form of a server."""

    def __init__(self, server, path):
        self.port, self.path = server.port, path.encode()
        fields = Form(server, path, "Une phrase.").fields
        del fields["submission_key"]
        self.answers = urlencode(fields).encode()

    def stay(self, visitors, seconds):
        """Let so many visitors answer again and again."""
        return asyncio.run(self._stay(Answers(seconds), visitors))

    def come(self, per_second, seconds):
        """Let so many new visitors come each second, whether or not the others have been served."""
        return asyncio.run(self._come(Answers(seconds), per_second))

    async def _stay(self, answers, visitors):
        ends_at = time.monotonic() + answers.seconds

        async def again_and_again():
            while time.monotonic() < ends_at:
                await self._visit(answers)

        await asyncio.gather(*(again_and_again() for _ in range(visitors)))
        return answers

    async def _come(self, answers, per_second):
        began, visits = time.monotonic(), set()
        while (passed := time.monotonic() - began) < answers.seconds:
            while answers.visits < passed * per_second:
                visits.add(visit := asyncio.ensure_future(self._visit(answers)))
                visit.add_done_callback(visits.discard)
                await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        await asyncio.gather(*visits)
        return answers

    async def _visit(self, answers):
        answers.visits += 1
        status, _head, page = await self._ask(answers, b"GET", self.path)
        if status != 200:
            return
        status, head, _page = await self._ask(answers, b"POST", self.path, self._filled_in(page))
        if status != 303:
            return
        status, _head, _page = await self._ask(answers, b"GET", LOCATION.search(head)[1])
        answers.complete += status == 200

    async def _ask(self, answers, method, path, body=b""):
        began = time.monotonic()
        try:
            async with asyncio.timeout(HURRY):
                status, head, page = await self._exchange(method, path, body)
        except (OSError, TimeoutError):
            status, head, page = 0, b"", b""
        answers.took.setdefault(status, []).append(time.monotonic() - began)
        answers.without_retry_after += status == 503 and b"Retry-After" not in head
        return status, head, page

    async def _exchange(self, method, path, body):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        try:
            writer.write(
                method + b" " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"Accept-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
            head, _, page = (await reader.read(-1)).partition(b"\r\n\r\n")
            return int(head[9:12] or 0), head, page
        finally:
            writer.close()

    def _filled_in(self, page):
        key = Visit.KEY.search(zlib.decompress(page, wbits=GZIP))
        return self.answers + b"&submission_key=" + key[1]
