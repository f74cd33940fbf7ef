"""The container image's content, tried without a container engine: a bare Debian root with the run-time packages that the
Dockerfile names and nothing else, and the release, which the Dockerfile builds in the same way."""

import re
import shutil

import pytest

from stage.processes import REPOSITORY, binary, run

DOCKERFILE = REPOSITORY / "examples" / "container" / "Dockerfile"
SCRATCH = REPOSITORY / ".build-tests"


def run_time_packages():
    """What the last stage installs."""
    last = DOCKERFILE.read_text().split("\nFROM ")[-1]
    return re.search(r"--no-install-recommends ([\w.+ -]+?) *\\?\n", last).group(1).split()


@pytest.fixture(scope="module")
def root():
    import os
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("a Debian root is made by root, with debootstrap")
    root = SCRATCH / "debian-root"
    if root.exists():
        shutil.rmtree(root)
    # From where this machine itself takes its packages.
    sources = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"]).out.split()
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(run_time_packages())}", "bookworm", root, *sources[:1]]
    done = run(command, limit=1200)
    assert done.code == 0, done.text[-3000:]
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.mark.drill
@pytest.mark.timeout(3000)
def test_the_images_content_runs_in_a_bare_debian(root, figures):
    target = root / "usr" / "local" / "bin" / "pantograph"
    shutil.copy(binary("pantograph"), target)
    inside = ["chroot", "--userspec=65532:65532", root, "/usr/local/bin/pantograph"]
    version = run([*inside, "version"])
    assert version.code == 0, version
    (root / "tmp" / "pantograph.yaml").write_text("upstreams: { a: { url: https://api.example }, b: { url: http://127.0.0.1:1 } }\n")
    checked = run([*inside, "check", "--config", "/tmp/pantograph.yaml"])
    assert checked.code == 0, checked
    missing = [line for line in run(["chroot", root, "ldd", "/usr/local/bin/pantograph"]).out.splitlines() if "not found" in line]
    assert not missing
    figures.table("the image", [("the release binary, MiB", target.stat().st_size / (1 << 20))])
