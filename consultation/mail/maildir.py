"""Where mails stay when there is no mail server: a maildir under HOME."""

import mailbox
import re
from collections.abc import Iterable, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any, BinaryIO, cast

from consultation.mail.outcomes import NotNow


class Mailbox:
    """A maildir, for installations without a mail server: nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: EmailMessage, return_path: str) -> None:
        """Store one mail; raise `NotNow`."""
        try:
            for part in ("", "tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, exist_ok=True)
            box = mailbox.Maildir(self._folder, create=False)
            box.add(mail.as_bytes(policy=mail.policy.clone(linesep="\n")))
        except (OSError, mailbox.Error) as error:
            raise NotNow("mailbox", stop=True, is_about_mail=False) from error

    def names(self) -> list[str]:
        """Return the names of the mails, newest first."""
        box = self._box()
        return [] if box is None else sorted(box.keys(), key=_moment_of, reverse=True)

    def get(self, key: str) -> EmailMessage | None:
        """Return one mail, or None when there is none of that name."""
        box = self._box()
        if box is None or key not in box:
            return None
        return message_from_bytes(box.get_bytes(key), policy=policy.default)

    def keys_by_message_id(self) -> dict[str, str]:
        """Return the name of each mail by its `Message-ID`."""
        box = self._box()
        return {} if box is None else {_message_id(box, key): key for key in box.keys()}  # noqa: SIM118

    def remove(self, keys: Iterable[str]) -> None:
        """Remove mails by their names; those that are gone already do no harm."""
        box = self._box()
        if box is not None:
            for key in keys:
                box.discard(key)

    def _box(self) -> "mailbox.Maildir | None":
        if not self._folder.is_dir():
            return None
        return mailbox.Maildir(self._folder, create=False)


def mailbox_of(settings: Mapping[str, Any]) -> Mailbox:
    """Return the maildir of this installation."""
    return Mailbox(Path(settings["HOME"]) / "mailbox")


def _moment_of(key: str) -> tuple[int, ...]:
    """Return when a mail was stored: a maildir's names begin with seconds and microseconds."""
    found = re.match(r"(\d+)\.M(\d+)", key)
    return tuple(map(int, found.groups())) if found else (0, 0)


def _message_id(box: "mailbox.Maildir", key: str) -> str:
    with box.get_file(key) as file:
        # A file as the standard library types it, and not as its parser wants it.
        return str(BytesHeaderParser().parse(cast(BinaryIO, file)).get("Message-ID", "")).strip()
