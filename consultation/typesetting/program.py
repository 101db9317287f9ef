"""The programme that `typesetting` runs: what to make comes in as JSON, the document goes out."""

import json
import sys

import typst

REFUSED = 3
SECONDS, BYTES = 30, 2 << 30


def main() -> int:
    """Make one document, within bounds; return how it ended."""
    _bound()
    asked = json.load(sys.stdin.buffer)
    try:
        made = typst.compile(**asked)
    except RuntimeError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", "replace"))
        return REFUSED
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)
    return 0


def _bound() -> None:
    """Take no more of the machine than a large document needs, where that can be said."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


if __name__ == "__main__":
    sys.exit(main())
