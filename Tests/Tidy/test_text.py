"""The text of the repository: of one voice, about the product alone, and true."""

import json
import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOP = {".ci", ".gitignore", "Package.swift", "README.md", "LICENSE", "Sources", "Tests", "examples", "dashboards", "Benchmarks"}

# Names that only their own pieces give together, so that this file does not hold what it forbids.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE = re.compile(r"(?<![\w.])/(?:ro" r"ot|wo" r"rk|home/\w+|Us" r"ers)/\w|/opt/sw" r"ift")
REGISTRY = re.compile(r"(?:deb|security)\.deb" r"ian\.org|\bpy" r"pi\.org|files\.pythonhos" r"ted|npm" r"js\.(?:org|com)|index-" r"url", re.IGNORECASE)


def tracked():
    """What git holds or would take; outside of a clone, every file that is not ignored by its folder's name."""
    done = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode == 0:
        names = done.stdout.splitlines()
    else:
        names = [str(path.relative_to(REPOSITORY)) for path in REPOSITORY.rglob("*") if path.is_file() and ".build" not in str(path)]
    return [REPOSITORY / name for name in names if (REPOSITORY / name).is_file()]


def text(path):
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def lines_with(pattern, paths):
    return [f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}" for path in paths
            for number, line in enumerate(text(path).splitlines(), 1) if pattern.search(line)]


def swift(folder):
    return [path for path in tracked() if path.suffix == ".swift" and folder in path.relative_to(REPOSITORY).parts]


def test_the_top_level_holds_only_what_belongs_there():
    assert {path.relative_to(REPOSITORY).parts[0] for path in tracked()} <= TOP


def test_nothing_is_left_unfinished():
    assert not lines_with(UNFINISHED, tracked())


def test_no_machine_paths():
    assert not lines_with(MACHINE, tracked())


def test_no_registry_hosts():
    assert not lines_with(REGISTRY, tracked())


def test_no_binary_files():
    binary = [str(path.relative_to(REPOSITORY)) for path in tracked() if b"\0" in path.read_bytes()[:8000]]
    assert not binary


def test_no_forced_tries():
    assert not lines_with(re.compile(r"\btry!|\bas! |fatalError\("), swift("Sources"))


def test_no_thread_sleeps():
    """A deadline may be a task that sleeps; a thread that sleeps waits for something it could have been told."""
    assert not lines_with(re.compile(r"\b(?:usleep|nanosleep)\(|\bThread\.sleep|\bGlibc\.sleep|(?<!\.)\bsleep\(\d"), swift("Sources"))


def test_unchecked_sendable_says_why():
    """The reason stands on the same line or in a comment just above."""
    bare = []
    for path in swift("Sources"):
        lines = text(path).splitlines()
        for number, line in enumerate(lines):
            if "@unchecked Sendable" in line or "nonisolated(unsafe)" in line:
                above = "\n".join(lines[max(0, number - 4):number])
                if "//" not in line and "//" not in above:
                    bare.append(f"{path.relative_to(REPOSITORY)}:{number + 1}")
    assert not bare


# ---- Metrics: the same names in README, sources and dashboards -------------------------------------------------------

METRIC = re.compile(r"\bpantograph_[a-z0-9_]+\b")
SUFFIXES = ("_bucket", "_count", "_sum", "_created")


def family(name):
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name.removesuffix("_total")


def named(paths):
    return {family(name) for path in paths for name in METRIC.findall(text(path))}


def sources():
    """The names that stand in quotes: the same beginning without them is that of a C shim."""
    paths = [path for path in swift("Sources") if "Playground" not in path.parts]
    return {family(name) for path in paths for name in re.findall(r'"(pantograph_[a-z0-9_]*[a-z0-9])"', text(path))}


def readme():
    return named([REPOSITORY / "README.md"])


def test_every_metric_of_the_readme_is_in_the_sources():
    invented = readme() - sources()
    assert not invented


def test_every_metric_of_the_sources_is_in_the_readme():
    missing = sources() - readme()
    assert not missing


def test_every_metric_of_dashboards_and_examples_is_in_the_sources():
    elsewhere = named([path for path in tracked() if path.relative_to(REPOSITORY).parts[0] in ("dashboards", "examples")])
    assert not elsewhere - sources()


def test_dashboards_and_examples_in_json_are_json():
    for path in tracked():
        if path.suffix == ".json":
            json.loads(text(path))


def test_every_link_of_the_readme_leads_somewhere():
    for readme in (REPOSITORY / "README.md", REPOSITORY / "Sources" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", text(readme)):
            if "://" not in target:
                assert (readme.parent / target).exists(), target
