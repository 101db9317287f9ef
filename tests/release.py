"""What is given out: `make release` puts it into `dist/`, the same bytes whenever it is made.

`python -m tests.release`, once somebody has compared the pins with the registry.

The package, its sources, the bill of materials in the form of CycloneDX, and the sums of them all.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, distribution

from tests import pins

ROOT = pins.ROOT
VENDORED = ROOT / "static" / "vendor"
DELAY = timedelta(days=90)
"""How long the pins may go without anybody comparing them with the registry."""


class TooOld(Exception):
    """Nobody has compared the pins with the registry for too long."""


def main(folder=ROOT / "dist"):
    """Make all of it, and say what."""
    check_age(datetime.now(UTC).date())
    check_installed()
    epoch = moment()
    shutil.rmtree(folder, ignore_errors=True)
    build(folder, epoch)
    version = project()["version"]
    bill = folder / f"consultation-{version}.cdx.json"
    bill.write_text(json.dumps(bill_of_materials(epoch), indent=2, ensure_ascii=False) + "\n")
    made = sorted(folder.iterdir())
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in made)
    (folder / "SHA256SUMS").write_text(sums)
    print(sums, end="")


def project():
    """What the project says of itself."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def moment():
    """When the last change was made: nothing that is given out knows another time."""
    told = (
        os.environ.get("SOURCE_DATE_EPOCH")
        or subprocess.run(
            ["git", "log", "-1", "--format=%ct"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    return int(told)


def build(folder, epoch):
    """Build the package and its sources with what is installed."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def check_age(today):
    """Raise `TooOld` unless somebody has looked at the pins within the delay."""
    head = pins.CONSTRAINTS.read_text("utf-8").splitlines()[0]
    looked = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", head)[0])
    if today - looked > DELAY:
        raise TooOld(
            f"The pins were last compared with the registry on {looked}: raise what is out of date,"
            " run the tests, `make pins`, and write today's date into constraints.txt."
        )


def check_installed():
    """Raise `ValueError` where what is installed is not what is pinned."""
    other = {
        name: installed
        for name, version in pins.versions(pins.SERVE).items()
        if (installed := version_here(name)) not in (None, version)
    }
    if other:
        raise ValueError(f"installed in another version than the pinned one: {other}")


def version_here(name):
    try:
        return distribution(name).version
    except PackageNotFoundError:  # for another platform
        return None


def bill_of_materials(epoch):
    """Every component that a site runs: its version, the hashes of its files, its licence."""
    about = project()
    root = f"pkg:pypi/{about['name']}@{about['version']}"
    components = [*python_components(), *vendored_components()]
    content = hashlib.sha256(json.dumps(components).encode()).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{root}#{content}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": about["name"],
                "version": about["version"],
                "description": about["description"],
                "licenses": [{"expression": about["license"]}],
                "purl": root,
            },
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def python_components():
    """What pip installs, of the pinned versions that this platform has."""
    files = pins.hashes(pins.SERVE)
    for name, version in sorted(pins.versions(pins.SERVE).items()):
        if version_here(name) is not None:
            purl = f"pkg:pypi/{name}@{version}"
            yield component(purl, name, version, licence_of(name), sorted(files[name]))


def vendored_components():
    """What browsers load of others, as `VENDORED` lists it file by file."""
    for listed in sorted(VENDORED.glob("*/VENDORED")):
        rows = [line.split() for line in listed.read_text("utf-8").splitlines() if line[0] != "#"]
        name, _, version = rows[0][1].rpartition("@")
        licence = (listed.parent / "LICENSE.txt").read_text("utf-8").split(maxsplit=1)[0]
        purl = f"pkg:npm/{name}@{version}"
        yield component(purl, name, version, licence, sorted(row[-1] for row in rows))


def component(purl, name, version, licence, files):
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": [{"license": {"name": licence}}],
        "hashes": [{"alg": "SHA-256", "content": content} for content in files],
    }


ONLY_IN_ITS_TEXT = {"pyrage": "MIT"}


def licence_of(name):
    """The licence as the project states it, in whichever of three places; else as its text is."""
    if name in ONLY_IN_ITS_TEXT:
        return ONLY_IN_ITS_TEXT[name]
    told = distribution(name).metadata
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    stated = told.get("License-Expression") or (told.get("License") or "").strip()
    short = stated if stated and "\n" not in stated and len(stated) < 100 else ""
    return short or " OR ".join(classified) or "unstated"


def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    try:
        main()
    except (TooOld, ValueError) as refusal:
        sys.exit(str(refusal))
