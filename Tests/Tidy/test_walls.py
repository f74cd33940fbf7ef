"""The walls of the house: what each target may import, and how large a file may grow."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "Sources"

# What belongs to the language and the system, and so to every target.
SYSTEM = {"Glibc", "Foundation", "FoundationEssentials", "Synchronization", "Musl", "Darwin", "Dispatch"}
# Where Foundation may be: at the edges, never on a call's path.
NO_FOUNDATION = {"Exchange", "Policy", "Ingress", "Upstream"}
NIO = {"NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers", "NIOEmbedded"}

IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)


def targets():
    return sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and any(path.rglob("*.swift")))


def swift_files(folder):
    return sorted(folder.rglob("*.swift"))


def allowed():
    """The table of Sources/README.md: a target's name to the words of its last column."""
    table = {}
    for line in (SOURCES / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3 or not cells[0].startswith("`"):
            continue
        for name in re.findall(r"`(\w+)`", cells[0]):
            table[name] = {word.strip(" `") for word in cells[2].split(",")} - {"–", ""}
    return table


def imports(folder):
    found = {}
    for path in swift_files(folder):
        for name in IMPORT.findall(path.read_text()):
            found.setdefault(name, path.relative_to(REPOSITORY))
    return found


def test_every_target_stands_in_the_table():
    assert set(targets()) <= allowed().keys()


@pytest.mark.parametrize("target", targets())
def test_a_target_imports_only_what_the_table_allows(target):
    may = set(allowed()[target])
    if "all" in may:
        may |= set(targets()) | {"Logging", "UnixSignals"} | NIO
    if "NIO" in may or any("NIO" in word for word in may) and target != "Exchange":
        may |= NIO
    if target in ("Ingress", "Admin"):
        may |= NIO
    if target in ("pantograph", "Playground"):
        may |= {"ArgumentParser"}
    if target == "Upstream":
        may |= {"NIOCore", "HeapModule"}
    own = {"CCurl", "CZlib"} & may
    forbidden = {name: str(path) for name, path in imports(SOURCES / target).items() if name not in may | SYSTEM | own}
    assert not forbidden, f"{target} may import {sorted(may)}"


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
