"""Draw anew the static pictures of the site: `python -m tests.share_picture`."""

from pathlib import Path

from consultation.typesetting.font_coverage import FONT
from consultation.typesetting.subprocess import typeset

ROOT = Path(__file__).parent.parent
TEMPLATE = Path(__file__).with_suffix(".typ")
PICTURES = {"picture": "share.png", "picture-en": "share-en.png", "icon": "touch-icon.png"}


def drawn(kind):
    """The PNG of one kind."""
    icon = (ROOT / "static" / "icon.svg").read_text()
    inputs = {"kind": kind, "font": FONT, "icon": icon}
    return typeset(TEMPLATE, format="png", ppi=72.0 if kind == "icon" else 60.0, sys_inputs=inputs)


if __name__ == "__main__":
    for kind, name in PICTURES.items():
        (ROOT / "static" / name).write_bytes(drawn(kind))
