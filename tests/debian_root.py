"""Debian root: a bare system in a folder, in which a programme may install what it wants.

Made by `mmdebstrap` and entered by `chroot`, so it needs root.  It shares this machine's network,
and nothing else: whoever uses it ends what listens.
"""

import os
import platform
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
SOURCES = Path("/etc/apt/sources.list.d")
# What apt and pip of this machine are told about the way to their servers.  Never the settings
# whole: they may hold passwords, and folders that only this machine has.
APT_SETTINGS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::http::Proxy")
PIP_SETTINGS = ("index-url", "proxy", "timeout", "default-timeout", "retries")
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_MOUNTS = (
    ("proc", "proc", "proc", "nosuid,nodev,noexec"),
    ("tmpfs", "tmpfs", "dev/shm", "nosuid,nodev,mode=1777"),
    ("devpts", "devpts", "dev/pts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=620"),
)


@dataclass
class Root:
    """A Debian system in a folder; as a context, it leaves no process and no mount behind."""

    path: Path
    env: dict = field(default_factory=dict)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, command, user=None, env=None, *, check=True, **options):
        """Run a command there: a list, or a text for the shell, which stops at the first failure.

        `options` are those of `subprocess.run`.
        """
        return subprocess.run(
            self._entered(command, user), env=self._env(user, env), check=check, **options
        )

    def start(self, command, user=None, env=None, **options):
        """Start a command there and return its process, which `close` ends."""
        return subprocess.Popen(self._entered(command, user), env=self._env(user, env), **options)

    def write(self, path, text, mode=0o644):
        """Write a file there; `path` begins with a slash."""
        place = self.path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        place.chmod(mode)
        return place

    def close(self):
        """End what still runs there, and take its mounts away; the folder stays."""
        _end_processes(self.path)
        mounts = Path("/proc/self/mountinfo").read_text("utf-8")
        for place in sorted(mounted_under(self.path, mounts), reverse=True):
            subprocess.run(["umount", "--lazy", place], check=False)

    def remove(self):
        """Close it and delete the folder, never what may still be mounted in it."""
        self.close()
        subprocess.run(["rm", "-rf", "--one-file-system", self.path], check=True)

    def _entered(self, command, user):
        inside = (
            ["bash", "-euo", "pipefail", "-c", command] if isinstance(command, str) else command
        )
        whom = [f"--userspec={user}:"] if user else []
        return ["chroot", *whom, str(self.path), *map(str, inside)]

    def _env(self, user, env):
        lines = (self.path / "etc" / "passwd").read_text("utf-8").splitlines()
        homes = {line.split(":")[0]: line.split(":")[5] for line in lines}
        return {**_ENVIRONMENT, "HOME": homes[user or "root"], **self.env, **(env or {})}


def make_root(folder, release="trixie", packages=(), variant="minbase"):
    """Make a Debian system in `folder`, which is empty or not there, and return it.

    `variant` is mmdebstrap's: `minbase` holds apt and little else, `important` what every
    installed Debian has, systemd for one.
    """
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        raise SystemExit("a Debian root needs root and mmdebstrap: apt install mmdebstrap")
    path = Path(folder).resolve()
    command = ["mmdebstrap", "--quiet", "--mode=root", f"--variant={variant}"]
    command += [f"--aptopt={line}" for line in _apt_settings()]
    command += [f"--include={','.join(packages)}"] if packages else []
    subprocess.run([*command, release, str(path), *_sources(release)], check=True)
    root = Root(path, _pip_settings())
    try:
        _furnish(root)
    except BaseException:
        root.close()
        raise
    return root


def _furnish(root):
    for kind, source, place, options in _MOUNTS:
        (root.path / place).mkdir(parents=True, exist_ok=True)
        where = str(root.path / place)
        subprocess.run(["mount", "-t", kind, "-o", options, source, where], check=True)
    for name in ("resolv.conf", "hosts"):
        root.write(f"/etc/{name}", Path("/etc", name).read_text("utf-8"))
    # Packages start no service by themselves: there is no init, and the network is this machine's.
    root.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
    if Path("/", BUNDLE).is_file():
        # Under a name of its own: the package ca-certificates writes the other one anew.
        root.write("/etc/ssl/host-certificates.crt", Path("/", BUNDLE).read_text("utf-8"))
        for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            root.env[name] = "/etc/ssl/host-certificates.crt"


def _sources(release):
    """List what apt reads here from servers, for another release; none where mmdebstrap knows."""
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", release)
    lines = []
    for path in sorted(SOURCES.glob("*.sources")):
        for stanza in path.read_text("utf-8").split("\n\n"):
            lines += source_lines(stanza, codename, release)
    return lines


def source_lines(stanza, codename, release):
    """List what a stanza of apt's sources says of servers, for another release."""
    fields = dict(
        line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[:1] not in "# "
    )
    addresses = [a for a in fields.get("URIs", "").split() if a.startswith(("http://", "https://"))]
    suites = [s for s in fields.get("Suites", "").split() if s.split("-")[0] == codename]
    if fields.get("Enabled", "yes") == "no":
        return []
    return [
        f"deb {address} {suite.replace(codename, release)} {fields.get('Components', 'main')}"
        for address in addresses
        for suite in suites
    ]


def _apt_settings():
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in told.splitlines() if line.split(" ")[0] in APT_SETTINGS]
    return [line for line in lines if '""' not in line]


def _pip_settings():
    """Say by environment what this machine's pip is told about its registry."""
    told = subprocess.run(
        ["python3", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings = {}
    for line in told.splitlines():
        name, _, value = line.partition("=")
        if (short := name.rpartition(".")[2]) in PIP_SETTINGS:
            settings[f"PIP_{short.replace('-', '_').upper()}"] = value.strip("'")
    return settings


def mounted_under(path, mountinfo):
    """List what is mounted below a folder; the kernel writes a space in a name as `\\040`."""
    written = [line.split(" ")[4] for line in mountinfo.splitlines()]
    places = [re.sub(r"\\(\d{3})", lambda it: chr(int(it[1], 8)), place) for place in written]
    return [place for place in places if place.startswith(f"{path}/")]


def _end_processes(path):
    """Kill each process whose root directory is `path`: those are ours alone."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):  # ended meanwhile, or has no root: a thread of the kernel
            if os.readlink(entry / "root") == str(path):
                os.kill(int(entry.name), signal.SIGKILL)
