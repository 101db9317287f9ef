"""Desktop that nobody sees: a display, a bus, speech that is written, a screen reader, a browser.

All of it lives below one folder, but the display's number, which is free when it is taken: so
several at once do not meet.  Each process is the first of a group of its own and ended by its id.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.server import wait_for
from tests.needing import lacking, program

PROGRAMS = ("Xvfb", "dbus-daemon", "openbox", "speech-dispatcher", "orca", "firefox-esr", "xdotool")
SPEECH_MODULE = Path(__file__).with_name("speech_module.py")
BUS = """<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <standard_session_servicedirs/>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
SPEECH = """LogLevel 1
AddModule "written" "written" ""
DefaultModule written
DefaultLanguage "fr"
"""
# Read aloud from its top, a page would never end with a voice that is silent, and meanwhile Orca
# leaves out the names of groups.
READER = {"sayAllOnLoad": False, "enableKeyEcho": False, "profile": ["Default", "default"]}
PREFERENCES = {
    "accessibility.force_disabled": -1,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.newtabpage.enabled": False,
    "browser.startup.page": 0,
    "browser.tabs.closeWindowWithLastTab": False,
    "browser.urlbar.autoFill": False,
    "browser.urlbar.maxRichResults": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_beforeunload": True,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "fr",
    "media.gmp-manager.url": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "signon.rememberSignons": False,
    "termsofuse.bypassNotification": True,  # a notice of its own would take the focus
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
}
BROWSER = "Mozilla Firefox"
"""Title of its window before a page is there, and the end of it afterwards."""
END_PATIENCE = 5  # seconds
OLDEST_ORCA = 48


class Desktop:
    """The processes of one session, `heard`, the file of utterances, and what presses keys."""

    def __init__(self, folder, stack, elsewhere=()):
        self.folder, self._stack = folder, stack
        self.heard = folder / "heard.txt"
        self.heard.touch()
        for name in ("run", "tmp", "modules", "speech", "profile", "orca"):
            (folder / name).mkdir(mode=0o700)
        self.environment = self._environment()
        self._write_settings(elsewhere)

    def _environment(self):
        """What programmes of Orca's kind look at; `PATH` has none that would show it another Orca.

        It would refuse to start beside it.
        """
        kept = {
            name: os.environ[name] for name in ("PATH", "FONTCONFIG_FILE") if name in os.environ
        }
        return kept | {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "SPEECHD_ADDRESS": f"unix_socket:{self.folder}/run/speech",
            "LC_ALL": "C.UTF-8",
            "GNOME_ACCESSIBILITY": "1",
            "GSETTINGS_BACKEND": "memory",
            "MOZ_CRASHREPORTER_DISABLE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _write_settings(self, elsewhere):
        preferences = PREFERENCES | {"network.dns.localDomains": ",".join(elsewhere)}
        lines = [
            f"user_pref({json.dumps(it)}, {json.dumps(to)});" for it, to in preferences.items()
        ]
        reader = {
            "general": READER | {"startingProfile": ["Default", "default"]},
            "profiles": {"default": READER},
            "pronunciations": {},
            "keybindings": {},
        }
        module = shlex.join([sys.executable, str(SPEECH_MODULE), str(self.heard)])
        for name, text in {
            "bus.conf": BUS.format(folder=self.folder),
            "speech/speechd.conf": SPEECH,
            "modules/written": f"#!/bin/sh\nexec {module}\n",
            "orca/user-settings.conf": json.dumps(reader),
            "profile/user.js": "\n".join(lines),
        }.items():
            (self.folder / name).write_text(text, "utf-8")
        (self.folder / "modules" / "written").chmod(0o700)

    def begin(self):
        """Start all but the browser."""
        self._open_display()
        self._start("dbus-daemon", "--nofork", f"--config-file={self.folder}/bus.conf")
        wait_for((self.folder / "bus").exists)
        self._start("openbox", "--sm-disable")
        self._start(
            "speech-dispatcher", "--run-single", "--timeout", "0",
            "--config-dir", self.folder / "speech", "--module-dir", self.folder / "modules",
            "--communication-method", "unix_socket",
            "--socket-path", self.folder / "run" / "speech", "--log-dir", self.folder / "tmp",
        )  # fmt: skip
        wait_for((self.folder / "run" / "speech").exists)
        self._start("orca", "--user-prefs", self.folder / "orca")
        wait_for(self.heard.read_text)

    def _open_display(self):
        reading, writing = os.pipe()
        self._start(
            "Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-nolisten", "tcp",
            pass_fds=[writing],
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as numbers:
            self.environment["DISPLAY"] = f":{numbers.readline().strip()}"

    def browse(self):
        """Start the browser, on an empty page."""
        self._start(
            "firefox-esr", "--new-instance", "--profile", self.folder / "profile", "about:blank"
        )

    def press(self, *arguments):
        """Have xdotool press keys."""
        subprocess.run([program("xdotool"), *arguments], env=self.environment, check=True)

    def wait_for_title(self, before=""):
        """Wait until the window has the title of a page that is not `before`, and return it."""
        return wait_for(lambda: (title := self._title()) != before and title)

    def _title(self):
        named = subprocess.run(
            [program("xdotool"), "getactivewindow", "getwindowname"],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return named.stdout.strip().removesuffix(BROWSER)

    def _start(self, name, *arguments, **options):
        with (self.folder / "tmp" / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [program(name), *map(str, arguments)],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, **options,
            )  # fmt: skip
        self._stack.callback(_end, process)


def _end(process):
    """Ask its group to end, and after a while make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_PATIENCE)


def _version_of(orca):
    """The first number of what it prints of itself."""
    printed = subprocess.run([orca, "--version"], capture_output=True, text=True, check=True)
    return int(re.search(r"\d+", printed.stdout).group())


@contextlib.contextmanager
def desktop(elsewhere=()):
    """A desktop with its browser; hosts `elsewhere` are looked for on this machine."""
    for name in PROGRAMS:
        program(name)
    version = _version_of(program("orca"))
    if version < OLDEST_ORCA:
        lacking(f"Orca {version} says pages in other words than {OLDEST_ORCA}, that of Debian 13")
    with (
        tempfile.TemporaryDirectory(prefix="hearing-", ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as stack,
    ):
        started = Desktop(Path(folder), stack, elsewhere)
        started.begin()
        started.browse()
        yield started
