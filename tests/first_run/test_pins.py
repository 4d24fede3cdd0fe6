"""Every package is pinned, and no file names the host of a registry: they work behind any mirror."""

import json
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
COMPILED = sorted(CHECKOUT.glob("requirements*.txt"))
PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[A-Za-z0-9.!+]+( ; .+)?$")


def lines(path):
    return [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]


def name_of(requirement):
    return re.split(r"[=<>!~\[ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.name)
def test_every_line_of_a_compiled_file_pins_one_version(path):
    assert lines(path)
    assert [line for line in lines(path) if not PIN.match(line)] == []


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.name)
def test_what_is_asked_for_is_in_the_compiled_file_in_the_version_asked_for(path):
    compiled = {name_of(line): line.split(" ; ")[0].split("==")[1] for line in lines(path)}

    for line in lines(path.with_suffix(".in")):
        requirement = line.split("#")[0].strip()
        if requirement.startswith("-c"):
            continue
        assert name_of(requirement) in compiled, f"compile {path.stem}.in again"
        if "==" in requirement:
            assert compiled[name_of(requirement)] == requirement.split("==")[1].split(" ")[0]


def test_every_direct_requirement_of_the_site_says_why_it_is_there():
    assert [line for line in lines(CHECKOUT / "requirements.in") if "#" not in line] == []


def test_two_files_never_pin_two_versions_of_one_package():
    seen: dict[str, set[str]] = {}
    for path in COMPILED:
        for line in lines(path):
            seen.setdefault(line.split("==")[0].lower() + line.partition(";")[2], set()).add(line.split(" ; ")[0])

    assert {name: pins for name, pins in seen.items() if len(pins) > 1} == {}


def test_the_lock_file_of_the_front_end_fixes_contents_and_names_no_place():
    lock = json.loads((CHECKOUT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_front_end_packages_are_asked_for_by_exact_version():
    package = json.loads((CHECKOUT / "package.json").read_text())

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())


def test_no_committed_file_names_the_host_of_a_registry():
    hosts = [
        "registry." + "npmjs",
        "pypi" + ".org",
        "files.python" + "hosted",
        "index" + "-url =",
        "extra-index" + "-url",
    ]
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout, so it is not known which files are committed")
    found = []
    for name in listing.stdout.decode().split("\0"):
        path = CHECKOUT / name
        if not name or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [(name, host) for host in hosts if host in text]

    assert found == []
