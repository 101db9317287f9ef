"""Screen reader: keys that a person presses, and what Orca says to each."""

import re
import time

PATIENCE = 30  # seconds
QUIET = 0.4
"""Seconds without a further utterance, after which an answer is whole."""
POLL = 0.03
MOST_PRESSES = 60
FAILED = ("Problem loading page", "Server Not Found")
"""Titles of the browser's own pages of errors: a key that is lost makes another address."""
MOST_OPENINGS = 3
LOADED = ("Page has", "Finished loading", "Aller au contenu link", "Try Again button")
"""Which of these Orca says of a new page depends on where it was before; the last, of an error."""


class ScreenReader:
    """Orca, on a desktop with a browser."""

    def __init__(self, desktop):
        self._desktop = desktop
        self._count = 0
        self.wait("Search or enter address")

    def open(self, address):
        """Go to a page in a tab of its own, the only one; return what is heard of it.

        Where a tab is closed while its page is still coming, or the machine is busy while the
        address is typed, the browser at times shows a page of errors: then it is asked again.
        Orca does not always name that page, so it is known by the window's title.
        """
        for _ in range(MOST_OPENINGS):
            self._act("key", "ctrl+w")
            self.listen()
            self._act("type", "--delay", "12", address)
            heard = self.follow()
            title = self._desktop.wait_for_title()
            if not any(failed in title for failed in FAILED):
                return heard
        raise AssertionError(f"{address} does not open: {heard}")

    def press(self, *keys):
        """Press keys one after another; return what is heard of the last."""
        heard = []
        for key in keys:
            self._act("key", key)
            heard = self.listen()
        return heard

    def follow(self, *keys, until=""):
        """Press at once what leads to another page; return what is heard of it.

        Of some pages Orca says nothing but the place that has the focus: that is `until`.
        """
        self._act("key", *(keys or ["Return"]))
        return self.wait(*([until] if until else LOADED))

    def type(self, text):
        """Type a text; return what is heard meanwhile."""
        self._act("type", "--delay", "20", text)
        return self.listen()

    def reach(self, text, key="Tab"):
        """Press a key again and again until the text is heard; return what is heard with it."""
        return self.walk(text, key)[-1]

    def walk(self, text, key="Tab"):
        """Do the same; return what is heard at each press."""
        everything = []
        for _ in range(MOST_PRESSES):
            everything.append(self.press(key))
            if holds(everything[-1], text):
                return everything
        raise AssertionError(f"{text!r} is not heard by {key}: {everything}")

    def read(self, lines):
        """Go down so many lines, or to the end of the page; return what is heard."""
        everything = []
        for _ in range(lines):
            heard = self.press("Down")
            if not heard:
                break
            everything += heard
        return everything

    def wait(self, *texts):
        """Listen until one of the texts is heard, and to the end of what is said with it."""
        heard, end = [], time.monotonic() + PATIENCE
        while not any(holds(heard, text) for text in texts):
            assert time.monotonic() < end, f"{texts} are not heard: {heard}"
            heard += self.listen(least=0)
        return heard

    def listen(self, least=1):
        """Listen until nothing more is said; at first for at `least` so many utterances."""
        first, since = self._count, time.monotonic()
        end = since + PATIENCE / 5
        while True:
            now = time.monotonic()
            utterances = self._utterances()
            if len(utterances) > self._count:
                self._count, since = len(utterances), now
            is_enough = self._count - first >= least or now > end
            if is_enough and now - since > QUIET:
                return utterances[first : self._count]
            time.sleep(POLL)

    def _act(self, *arguments):
        self._count = len(self._utterances())
        self._desktop.press(*arguments)

    def _utterances(self):
        return self._desktop.heard.read_text("utf-8").splitlines()


def holds(heard, text):
    """Whether one utterance holds the text, whatever its blanks and quotes."""
    return any(plain(text) in plain(utterance) for utterance in heard)


def plain(text):
    return re.sub(r"\s+", " ", text.replace("’", "'"))


def place_of(heard, text):
    """The number of the first utterance that holds the text."""
    return next(number for number, it in enumerate(heard) if holds([it], text))
