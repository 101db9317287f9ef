"""Speech module of speech-dispatcher, which starts it: what would be spoken is written.

`python -m tests.hearing.speech_module FILE` appends each utterance to the file, one a line.
"""

import html
import re
import sys
from pathlib import Path

SETTINGS = {
    "AUDIO": ("207 OK RECEIVING AUDIO SETTINGS", "203 OK AUDIO INITIALIZED"),
    "LOGLEVEL": ("207 OK RECEIVING LOGLEVEL SETTINGS", "203 OK LOG LEVEL SET"),
    "SET": ("203 OK RECEIVING SETTINGS", "203 OK SETTINGS RECEIVED"),
}
"""Commands that a block follows of which nothing is kept, with what is answered around it."""
UTTERANCES = {"SPEAK", "CHAR", "KEY", "SOUND_ICON"}
REPLIES = {
    "INIT": ("299-written", "299 OK LOADED SUCCESSFULLY"),
    "LIST VOICES": ("200-written\tfr\tnone", "200 OK VOICE LIST SENT"),
    "STOP": (),
    "PAUSE": (),
    "QUIT": ("210 OK QUIT",),
}
UNKNOWN = ("300 ERR UNKNOWN COMMAND",)
TAG = re.compile(r"<[^>]*>")


def serve(commands, answer, write):
    """Answer one command after another; `write` gets the text of each utterance."""
    for command in (line.strip() for line in commands):
        if command in UTTERANCES:
            answer("202 OK RECEIVING MESSAGE")
            write(text_of(block(commands)))
            answer("200 OK SPEAKING", "701 BEGIN", "702 END")
        elif command in SETTINGS:
            before, after = SETTINGS[command]
            answer(before)
            block(commands)
            answer(after)
        else:
            answer(*REPLIES.get(command, UNKNOWN))
        if command == "QUIT":
            return


def block(commands):
    """Read up to a line that is a full stop; a line that begins with one has another before it."""
    lines = iter(lambda: next(commands).rstrip("\n"), ".")
    return "\n".join(line.removeprefix(".") if line.startswith("..") else line for line in lines)


def text_of(message):
    """Take the marks of SSML away, and the ends of lines."""
    return " ".join(html.unescape(TAG.sub("", message)).split())


def main():
    place = Path(sys.argv[1])

    def answer(*lines):
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    def write(text):
        with place.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    sys.stdin.reconfigure(encoding="utf-8")
    serve(iter(sys.stdin), answer, write)


if __name__ == "__main__":
    main()
