"""What lies under examples/ is read by the programs that it is written for."""

import os
import re
import shutil

import kubernetes_validate
import pytest
import yaml

from stage.processes import REPOSITORY, binary, plain_environment, run

EXAMPLES = REPOSITORY / "examples"


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def test_the_kubernetes_manifest_satisfies_the_schemas():
    for document in documents(EXAMPLES / "kubernetes" / "pod.yaml"):
        kubernetes_validate.validate(document, "1.29", strict=True)


def test_the_manifest_has_pantograph_as_native_sidecar():
    [pod] = [d for d in documents(EXAMPLES / "kubernetes" / "pod.yaml") if d["kind"] == "Pod"]
    [container] = pod["spec"]["initContainers"]
    assert container["restartPolicy"] == "Always" and container["startupProbe"]["httpGet"]["path"] == "/readyz"


def test_the_configuration_in_the_manifest_is_accepted(tmp_path):
    [configuration] = [d for d in documents(EXAMPLES / "kubernetes" / "pod.yaml") if d["kind"] == "ConfigMap"]
    [secret] = [d for d in documents(EXAMPLES / "kubernetes" / "pod.yaml") if d["kind"] == "Secret"]
    for name, value in secret["stringData"].items():
        (tmp_path / name).write_text(value)
    text = configuration["data"]["pantograph.yaml"].replace("/etc/pantograph-secrets", str(tmp_path))
    (tmp_path / "pantograph.yaml").write_text(text)
    done = run([binary("pantograph"), "check", "--config", tmp_path / "pantograph.yaml"])
    assert done.code == 0, done


def test_the_first_configuration_of_the_readme_is_accepted(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    whole = [block for block in blocks if "upstreams:" in block and "listen:" in block]
    assert whole
    secret = tmp_path / "secret"
    secret.write_text("x")
    for block in whole:
        block = re.sub(r"file: (/run/secrets/[\w/-]+)", f"file: {secret}", block)
        block = re.sub(r"ca_file: [\w/.-]+", "ca_file: /etc/ssl/certs/ca-certificates.crt", block)
        (tmp_path / "pantograph.yaml").write_text(block)
        variables = {name: "x" for name in re.findall(r"env: (\w+)", block)}
        done = run([binary("pantograph"), "check", "--config", tmp_path / "pantograph.yaml"], env=plain_environment(**variables))
        assert done.code == 0, done


def test_the_prometheus_configuration_is_accepted():
    done = run(["promtool", "check", "config", EXAMPLES / "prometheus" / "prometheus.yml"])
    assert done.code == 0, done


def test_the_systemd_unit_is_verified(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze on this machine")
    # The program need not be installed for its unit to be read.
    unit = (EXAMPLES / "systemd" / "pantograph.service").read_text().replace("/usr/local/bin/pantograph", "/bin/true")
    (tmp_path / "pantograph.service").write_text(unit)
    done = run(["systemd-analyze", "verify", "--man=no", tmp_path / "pantograph.service"])
    ours = [line for line in done.text.splitlines() if "pantograph" in line]
    assert done.code == 0 and not ours, done


def test_the_collectors_configuration_is_whole():
    [document] = documents(EXAMPLES / "opentelemetry-collector" / "config.yaml")
    for pipeline in document["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= document[part].keys()


@pytest.mark.parametrize("script", sorted(EXAMPLES.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_sound_and_can_be_run(script):
    assert run(["bash", "-n", script]).code == 0 and os.access(script, os.X_OK)
