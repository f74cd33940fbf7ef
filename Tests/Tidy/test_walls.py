"""The walls of the house: what each target may import, and how large a file may grow."""

import functools
import json
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "Sources"

# What belongs to the language and the system, and so to every target.
SYSTEM = {"Glibc", "Foundation", "FoundationEssentials", "Synchronization", "Dispatch"}
# Where Foundation may not be: on a call's path.
NO_FOUNDATION = {"Exchange", "Policy", "Ingress", "Upstream"}

IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)


def targets():
    return sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and any(path.rglob("*.swift")))


def swift_files(folder):
    return sorted(folder.rglob("*.swift"))


def table():
    """Sources/README.md: a target's name to the words of its column of what it may import."""
    rows = {}
    for line in (SOURCES / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            for name in re.findall(r"`(\w+)`", cells[0]):
                rows[name] = {word.strip(" `") for word in cells[2].split(",")}
    return rows


@functools.cache
def declared():
    """Package.swift: a target's name to the modules that it depends on. The compiler lets a target import what only its
    dependencies depend on, so that the declaration alone is no wall."""
    done = subprocess.run(["swift", "package", "dump-package"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {
        target["name"]: {next(iter(dependency.values()))[0] for dependency in target["dependencies"]}
        for target in json.loads(done.stdout)["targets"]
    }


def imports(folder):
    found = {}
    for path in swift_files(folder):
        for name in IMPORT.findall(path.read_text()):
            found.setdefault(name, path.relative_to(REPOSITORY))
    return found


def test_every_target_stands_in_the_table():
    missing = set(targets()) - table().keys()
    assert not missing


@pytest.mark.parametrize("target", targets())
def test_a_target_imports_only_what_it_declares(target):
    undeclared = {name: str(path) for name, path in imports(SOURCES / target).items() if name not in declared()[target] | SYSTEM}
    assert not undeclared, f"{target} declares {sorted(declared()[target])}"


@pytest.mark.parametrize("target", targets())
def test_a_target_depends_only_on_rooms_that_the_table_allows(target):
    may = table().get(target, set())
    rooms = declared()[target] & declared().keys()
    assert "all" in may or rooms <= may, f"{target}: the table allows {sorted(may)}"


@pytest.mark.parametrize("target", sorted(NO_FOUNDATION & set(targets())))
def test_foundation_stays_at_the_edges(target):
    found = {name: str(path) for name, path in imports(SOURCES / target).items() if name.startswith("Foundation")}
    assert not found


def test_ingress_and_upstream_never_see_each_other():
    assert "Upstream" not in imports(SOURCES / "Ingress") and "Ingress" not in imports(SOURCES / "Upstream")


def test_no_swift_file_has_more_than_500_lines():
    long = {str(path.relative_to(REPOSITORY)): count for folder in (SOURCES, REPOSITORY / "Tests")
            for path in swift_files(folder) if (count := len(path.read_text().splitlines())) > 500}
    assert not long


def test_half_of_the_files_have_at_most_160_lines():
    counts = sorted(len(path.read_text().splitlines()) for path in swift_files(SOURCES))
    assert counts[len(counts) // 2] <= 160


def test_every_target_with_code_has_tests():
    tested = {path.name.removesuffix("Tests") for path in (REPOSITORY / "Tests").iterdir() if any(path.rglob("*.swift"))}
    untested = set(targets()) - tested - {"pantograph", "CCurl", "CZlib"}
    # What is tested from outside, as a running program: Tests/Integration.
    assert untested <= {"Admin", "Listening"}, untested
