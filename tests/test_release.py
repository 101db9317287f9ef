"""What is given out is pinned, named, and the same bytes each time."""

import re
import shutil
import tarfile
import tomllib
import zipfile
from datetime import date
from importlib.metadata import distribution, requires

import pytest
import time_machine
from packaging.requirements import Requirement

from tests import pins, release

EPOCH = 1_790_000_000
WHEN_PINNED = date(2027, 2, 20)
"""A day within the delay."""
FILES = tuple(pins.WANTED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pinned_version_has_its_hashes_and_no_address(path):
    hashes = pins.hashes(path)

    assert hashes.keys() == pins.versions(path).keys()
    assert [name for name, known in hashes.items() if not known] == []
    assert re.findall(r"(?m)https?:|^--|^-[a-z]", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_hashes_are_those_of_the_versions_that_are_pinned(path):
    named = pins.versions(pins.CONSTRAINTS)
    only_elsewhere = {"colorama"}  # Windows only, where nothing was tested

    assert {
        name: version
        for name, version in pins.versions(path).items()
        if named.get(name) != version and name not in only_elsewhere
    } == {}


def test_all_that_the_project_requires_is_pinned():
    told = tomllib.loads((pins.ROOT / "pyproject.toml").read_text("utf-8"))
    extras = told["project"]["optional-dependencies"]
    for path, wanted in (
        (pins.SERVE, told["project"]["dependencies"]),
        (pins.RESEARCH, told["project"]["dependencies"] + extras["research"]),
        (pins.BUILD, told["build-system"]["requires"]),
        (pins.TEST, told["project"]["dependencies"] + extras["dev"]),
    ):
        names = {pins.canonical(Requirement(line).name) for line in wanted}
        assert names - pins.versions(path).keys() == set(), path.name


def test_what_is_pinned_requires_nothing_that_is_not():
    serve = pins.versions(pins.SERVE)

    missing = {
        (name, each.name)
        for name in serve
        if release.version_here(name)
        for each in map(Requirement, requires(name) or ())
        if (each.marker is None or each.marker.evaluate({"extra": ""}))
        and pins.canonical(each.name) not in serve
    }

    assert missing == set()


def test_bill_names_every_component_with_its_version_hash_and_licence():
    bill = release.bill_of_materials(EPOCH)
    named = {each["name"]: each for each in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert named.keys() - {"altcha"} <= pins.versions(pins.SERVE).keys()
    assert len(named) > 60
    for name, each in named.items():
        assert each["hashes"], name
        assert each["licenses"][0]["license"]["name"] not in ("", "unstated"), name
        if each["purl"].startswith("pkg:pypi/"):
            assert distribution(name).version == each["version"], name
    assert set(bill["dependencies"][0]["dependsOn"]) == {
        each["bom-ref"] for each in bill["components"]
    }


def test_bill_has_the_hashes_of_the_files_that_browsers_load():
    (listed,) = (
        each
        for each in release.bill_of_materials(EPOCH)["components"]
        if each["purl"].startswith("pkg:npm/")
    )
    here = {
        release.sha256(path)
        for path in release.VENDORED.rglob("*")
        if path.is_file() and path.name != "VENDORED"
    }

    assert {each["content"] for each in listed["hashes"]} == here
    assert listed["licenses"] == [{"license": {"name": "MIT"}}]


def test_what_is_built_twice_has_the_same_bytes(tmp_path, monkeypatch, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH))

    with time_machine.travel(WHEN_PINNED):
        release.main(first)
    release.build(second, EPOCH)

    given_out = dict(reversed(line.split()) for line in capsys.readouterr().out.splitlines())
    assert {name.rpartition(".")[2] for name in given_out} == {"whl", "gz", "json"}
    built = {path.name: release.sha256(path) for path in second.iterdir()}
    assert built.items() < given_out.items()
    with tarfile.open(next(first.glob("*.gz"))) as sources:  # a server installs from them
        names = {name.partition("/")[2] for name in sources.getnames()}
    assert {f".pins/{path.name}" for path in FILES} | {"constraints.txt"} <= names
    wheel = next(first.glob("*.whl"))
    assert len({each.date_time for each in zipfile.ZipFile(wheel).infolist()}) == 1
    shutil.rmtree(tmp_path)


def test_bill_is_the_same_each_time():
    assert release.bill_of_materials(EPOCH) == release.bill_of_materials(EPOCH)


def test_pins_were_looked_at_within_the_delay():
    """A release is refused otherwise; the date is that of the first line of constraints.txt."""
    release.check_age(WHEN_PINNED)

    with pytest.raises(release.TooOld, match=r"constraints\.txt"):
        release.check_age(date(2031, 1, 1))


def test_another_version_than_the_pinned_one_is_not_given_out(monkeypatch, tmp_path):
    other = tmp_path / "serve.txt"
    other.write_text(re.sub(r"(?m)^flask==\S+", "flask==0.1", pins.SERVE.read_text("utf-8")))
    monkeypatch.setattr(pins, "SERVE", other)

    with pytest.raises(ValueError, match="flask"):
        release.check_installed()
