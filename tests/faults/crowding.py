"""Many visitors at once from one process: each asks, reads the answer, and asks again."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

PAUSE_OF_THE_REFUSED = 1.0  # seconds


@dataclass
class Answers:
    """How long each answer took, by its status; 0 stands for none."""

    seconds: float
    took: dict[int, list[float]] = field(default_factory=dict)
    without_retry_after: int = 0

    def per_second(self, status=200):
        return len(self.took.get(status, [])) / self.seconds

    def p95(self, status=200):
        took = self.took.get(status, [])
        return statistics.quantiles(took, n=20)[-1] if len(took) > 1 else 0.0


def ask_again_and_again(port, path, clients, seconds):
    """Let so many visitors ask for a page for so long; return what they were answered."""
    answers = Answers(seconds)
    asyncio.run(_all(answers, port, path, clients, time.monotonic() + seconds))
    return answers


async def _all(answers, port, path, clients, ends_at):
    await asyncio.gather(*(_one(answers, port, path, ends_at) for _ in range(clients)))


async def _one(answers, port, path, ends_at):
    while time.monotonic() < ends_at:
        began = time.monotonic()
        status, head = await _ask(port, path)
        answers.took.setdefault(status, []).append(time.monotonic() - began)
        if status == 503:
            answers.without_retry_after += b"Retry-After" not in head
        if status != 200:
            await asyncio.sleep(PAUSE_OF_THE_REFUSED)


async def _ask(port, path):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    except OSError:
        return 0, b""
    try:
        asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(asked.encode())
        whole = await asyncio.wait_for(reader.read(-1), 30)
        return int(whole[9:12] or 0), whole.partition(b"\r\n\r\n")[0]
    except (OSError, TimeoutError):
        return 0, b""
    finally:
        writer.close()
