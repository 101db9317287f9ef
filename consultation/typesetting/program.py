"""Program of the typst subprocess: reads options as JSON, writes the document."""

import json
import sys

import typst

REFUSED = 3
SECONDS, BYTES = 30, 2 << 30


def main() -> int:
    """Typeset one document within resource limits; return the exit status."""
    _limit_resources()
    options = json.load(sys.stdin.buffer)
    try:
        document = typst.compile(**options)
    except RuntimeError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", "replace"))
        return REFUSED
    assert isinstance(document, bytes)
    sys.stdout.buffer.write(document)
    return 0


def _limit_resources() -> None:
    """Limit processor time and memory to those of a large document, where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


if __name__ == "__main__":
    sys.exit(main())
