"""Which exact files make up an installation: `python -m tests.pins` writes their hashes anew.

`constraints.txt` says which versions; `.pins/` says, for what serves, for what researchers' files
need on top of it, for what makes the package and for what tests, the hash of each file that the
registry has of them.  No address stands in any.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
SERVE, RESEARCH, BUILD, TEST = (
    ROOT / ".pins" / f"{name}.txt" for name in ("serve", "research", "build", "test")
)
WANTED = {
    SERVE: ("pyproject.toml",),
    RESEARCH: ("--extra", "research", "pyproject.toml"),
    BUILD: ("--group", "build"),
    TEST: ("--extra", "dev", "pyproject.toml"),
}
_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)")


def canonical(name):
    """The one spelling of a project's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(path):
    """The version of each project that a file pins."""
    found = map(_PIN.match, path.read_text("utf-8").splitlines())
    return {canonical(match[1]): match[2] for match in found if match}


def hashes(path):
    """The hashes of each project's files."""
    known, name = {}, ""
    for line in path.read_text("utf-8").splitlines():
        if match := _PIN.match(line):
            name = canonical(match[1])
            known[name] = []
        known.setdefault(name, []).extend(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return known


def main():
    """Write the files by `uv`, which asks the registry for the hashes of what is pinned."""
    if shutil.which("uv") is None:
        sys.exit("uv is not installed: `make pins` brings it")
    for path, wanted in WANTED.items():
        subprocess.run(
            [
                *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
                *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
                *("--constraint", CONSTRAINTS, *wanted, "--output-file", path),
            ],
            cwd=ROOT,
            check=True,
        )


if __name__ == "__main__":
    main()
