"""What a log may say of a failure: its kind and the places it came through, never a value."""

import traceback


def places(error: BaseException) -> list[str]:
    """Return each error's kind and its `file:line function` lines, along the chain of causes."""
    said: list[str] = []
    current: BaseException | None = error
    while current is not None:
        said.append(type(current).__name__)
        for frame in traceback.extract_tb(current.__traceback__):
            said.append(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}")
        current = current.__cause__
    return said
