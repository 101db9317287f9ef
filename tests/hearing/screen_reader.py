"""Screen reader: keys that a person presses, and what Orca says to each."""

import re
import time

PATIENCE = 30  # seconds
QUIET = 0.4
"""Seconds without a further utterance, after which an answer is whole."""
LONG_QUIET = 1.5
"""The same of a page that has just come: Orca at times tells late how many landmarks it has."""
POLL = 0.03
MOST_PRESSES = 60
MOST_SILENT_PRESSES = 3
FAILED = ("Problem loading page", "Server Not Found")
"""Titles of the browser's own pages of errors."""
ADDRESS_BAR = "enter address"
LOADED = ("Page has", "Finished loading", "Aller au contenu link", "Try Again button")
"""Which of these Orca says of a page that is opened; the last, of an error."""


class ScreenReader:
    """Orca, on a desktop with a browser."""

    def __init__(self, desktop):
        self._desktop = desktop
        self._count = 0
        self.wait(ADDRESS_BAR)

    def open(self, address):
        """Go to a page in a tab of its own, the only one; return what is heard of it.

        Orca does not always name the browser's page of errors, so it is known by the title.
        """
        self.press("ctrl+w")
        # The empty page of the new tab often takes the place of its address for Orca, which would
        # take what is typed for its own keys: so it is gone to, and left.
        self.press("F6")
        self.press("ctrl+l", until=ADDRESS_BAR)
        self._act("type", "--delay", "12", address)
        self._act("key", "Return")
        title, heard = self._arrive("", LOADED)
        assert not any(failed in title for failed in FAILED), f"{address} does not open: {heard}"
        return heard

    def press(self, *keys, until=""):
        """Press keys one after another; return what is heard of the last, `until` with it."""
        heard = []
        for key in keys:
            self._act("key", key)
            heard = self.listen()
        if until and not holds(heard, until):
            heard += self.wait(until)
        return heard

    def follow(self, *keys, until=""):
        """Press at once what leads to a page of another title; return what is heard of it.

        What Orca says of it is not always the same: a text that the test needs is `until`.
        """
        before = self._desktop.wait_for_title()
        self._act("key", *(keys or ["Return"]))
        return self._arrive(before, [until])[1]

    def _arrive(self, before, texts):
        """Wait for a page that is not `before`; return its title, and what is heard of it.

        One of the texts is in it. A key that is pressed sooner goes to the page that is left.
        """
        title = self._desktop.wait_for_title(before)
        heard = self.wait(*texts)
        return title, heard + self.listen(least=0, quiet=LONG_QUIET)

    def type(self, text):
        """Type a text; return what is heard meanwhile."""
        self._act("type", "--delay", "20", text)
        return self.listen()

    def reach(self, text, key="Tab"):
        """Press a key again and again until the text is heard; return what is heard with it."""
        return self.walk(text, key)[-1]

    def walk(self, text, key="Tab"):
        """Do the same; return what is heard at each press."""
        everything, silent = [], 0
        while len(everything) < MOST_PRESSES and silent < MOST_SILENT_PRESSES:
            everything.append(self.press(key))
            if holds(everything[-1], text):
                return everything
            silent = 0 if everything[-1] else silent + 1
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

    def listen(self, least=1, quiet=QUIET):
        """Listen until nothing more is said; at first for at `least` so many utterances."""
        first, since = self._count, time.monotonic()
        end = since + PATIENCE / 5
        while True:
            now = time.monotonic()
            utterances = self._utterances()
            if len(utterances) > self._count:
                self._count, since = len(utterances), now
            is_enough = self._count - first >= least or now > end
            if is_enough and now - since > quiet:
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
