"""Kubernetes: every manifest against Kubernetes' own schemas, and the overlays as kustomize builds them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml
from support import matrix
from support.history import commit_all, git

if TYPE_CHECKING:
    from conftest import Render
    from delivery.conftest import Tool

SECRET = "SENTRY_DSN=https://0123456789abcdef@nowhere.invalid/1\n"  # noqa: S105
OVERLAYS = "deploy/kubernetes/overlays"
VERSIONS = ("1.30", "1.37")
"""The oldest and the newest Kubernetes that the manifests are checked for."""

Manifest = dict[str, Any]

KUSTOMIZE = next(
    (
        [path, *words]
        for name, words in (("kustomize", ["build"]), ("kubectl", ["kustomize"]))
        if (path := shutil.which(name))
    ),
    None,
)
needs_kustomize = pytest.mark.skipif(KUSTOMIZE is None, reason="neither kustomize nor kubectl is there")


def base(project: Path) -> list[Manifest]:
    files = sorted((project / "deploy/kubernetes/base").glob("*.yaml"))
    return [
        manifest
        for path in files
        if path.name != "kustomization.yaml"
        for manifest in yaml.safe_load_all(path.read_text())
    ]


def build(project: Path, environment: str) -> list[Manifest]:
    assert KUSTOMIZE is not None
    result = subprocess.run([*KUSTOMIZE, f"{OVERLAYS}/{environment}"], cwd=project, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return list(yaml.safe_load_all(result.stdout))


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def pods(manifests: list[Manifest]) -> list[Manifest]:
    """The specifications of all pods."""
    running = [manifest["spec"] for manifest in of_kind(manifests, "Deployment")]
    timed = [manifest["spec"]["jobTemplate"]["spec"] for manifest in of_kind(manifests, "CronJob")]
    return [spec["template"]["spec"] for spec in (*running, *timed)]


@pytest.fixture
def everything(render: Render) -> Path:
    return render(**{**matrix.named()["everything"], "deployment": ["kubernetes"]})


@pytest.fixture
def deploy(repository: Path, tool: Tool) -> Callable[[str], list[Manifest]]:
    """Deploy as documented, up to what `kubectl apply` would get."""

    def deploy(environment: str) -> list[Manifest]:
        overlay = repository / OVERLAYS / environment
        (overlay / "secrets.env").write_text(SECRET)
        written = tool("release_env", "--environment", environment, "--file", overlay / "release.env")
        assert written.returncode == 0, written.stderr
        return build(repository, environment)

    return deploy


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_fits_its_schema(version: str, everything: Path) -> None:
    for manifest in base(everything):
        kubernetes_validate.validate(manifest, version, strict=True)


@needs_kustomize
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_every_built_manifest_fits_its_schema(environment: str, deploy: Callable[[str], list[Manifest]]) -> None:
    built = deploy(environment)

    assert {"ConfigMap", "Secret", "Service", "Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler"} == {
        manifest["kind"] for manifest in built
    }
    for manifest in built:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


@needs_kustomize
def test_a_changed_release_rolls_the_pods_and_the_secret_stays(
    deploy: Callable[[str], list[Manifest]], repository: Path
) -> None:
    def names() -> list[str]:
        [container] = pods(deploy("production"))[0]["containers"]
        return [next(iter(source.values()))["name"] for source in container["envFrom"]]

    secret, release = names()
    again = names()
    (repository / "CHANGELOG.md").write_text("A change.\n")
    commit_all(repository, "Change")
    after = names()

    assert again == [secret, release]
    assert after[0] == secret
    assert after[1] != release


@needs_kustomize
def test_pods_get_the_release_and_the_environment_of_the_overlay(deploy: Callable[[str], list[Manifest]]) -> None:
    built = deploy("production")

    [release] = of_kind(built, "ConfigMap")
    [secret] = of_kind(built, "Secret")
    assert release["data"].keys() == {"SENTRY_RELEASE", "SENTRY_ENVIRONMENT"}
    assert release["data"]["SENTRY_ENVIRONMENT"] == "production"
    assert secret["data"].keys() == {"SENTRY_DSN"}


def test_git_ignores_the_files_of_an_overlay(repository: Path) -> None:
    for name in ("secrets.env", "release.env"):
        git(repository, "check-ignore", f"{OVERLAYS}/production/{name}")


def test_pods_run_without_root_and_without_rights(everything: Path) -> None:
    for pod in pods(base(everything)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"].keys() == {"requests", "limits"}


def test_release_comes_after_secrets_in_every_pod(everything: Path) -> None:
    for pod in pods(base(everything)):
        for container in pod["containers"]:
            assert container["envFrom"] == [
                {"secretRef": {"name": "example-service-secrets"}},
                {"configMapRef": {"name": "example-service-release"}},
            ]


def test_the_service_has_probes_a_budget_and_an_autoscaler(everything: Path) -> None:
    manifests = base(everything)
    web = next(pod for pod in pods(manifests) if pod["containers"][0]["name"] == "web")["containers"][0]

    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert of_kind(manifests, "PodDisruptionBudget")
    [scaler] = of_kind(manifests, "HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] == "example-service-web"


def test_each_name_that_kustomize_lists_is_there(everything: Path) -> None:
    folder = everything / "deploy/kubernetes/base"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(path.name for path in folder.iterdir() if path.name != "kustomization.yaml")


def test_names_are_short_enough_for_the_longest_slug(render: Render) -> None:
    answers = {**matrix.named()["everything"], "deployment": ["kubernetes"]}
    project = render(**answers, project_slug="payments-and-refunds-of-the-european-subsidiaries-gateway-v2")
    overlay = yaml.safe_load((project / OVERLAYS / "production/kustomization.yaml").read_text())

    assert len(overlay["namespace"]) <= 63
    for manifest in base(project):
        assert len(manifest["metadata"]["name"]) <= (52 if manifest["kind"] == "CronJob" else 63)
