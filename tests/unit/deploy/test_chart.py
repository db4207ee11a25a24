"""The Helm chart: its values fit their schema, and what it renders says what Fen needs."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fen.app import load_settings
from fen.cli.serve import serve
from tests.unit.deploy.chart import CHART, read_values, render_chart

ALL = {"autoscaling.enabled": True, "disruptionBudget.enabled": True, "serviceMonitor.enabled": True}
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def container(objects: dict[str, Any]) -> Any:
    [found] = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return found


def test_values_fit_their_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(read_values(), SCHEMA)


@pytest.mark.parametrize(
    "change",
    [{"replicas": 0}, {"workers": "2"}, {"replicaCount": 3}, {"config": None}, {"secrets": {}}],
    ids=str,
)
def test_the_schema_refuses_what_the_chart_cannot_use(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read_values() | change, SCHEMA)


def test_chart_is_named_and_versioned() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["apiVersion"], chart["name"], chart["type"]) == ("v2", "fen", "application")
    assert read_values()["image"]["tag"] == chart["appVersion"]


def test_what_is_not_enabled_is_not_rendered() -> None:
    assert set(render_chart()) == {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget"}
    assert set(render_chart(ALL)) - set(render_chart()) == {"HorizontalPodAutoscaler", "ServiceMonitor"}


def test_all_objects_are_of_one_release() -> None:
    for found in render_chart(ALL, release="prod").values():
        assert found["metadata"]["name"] == "prod-fen"
        assert found["metadata"]["labels"]["app.kubernetes.io/instance"] == "prod"


def test_selectors_find_the_pods() -> None:
    objects = render_chart(ALL)
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert objects["Service"]["spec"]["selector"] == labels
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert objects[kind]["spec"]["selector"]["matchLabels"] == labels
    assert objects["ServiceMonitor"]["spec"]["selector"]["matchLabels"] == labels
    assert objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "test-fen"


def test_fen_takes_the_arguments_and_the_configuration(tmp_path: Path) -> None:
    objects = render_chart({"workers": 3, "port": 8123})
    command, *arguments = container(objects)["args"]
    assert command == "serve"
    found = serve.make_context("serve", list(arguments)).params
    assert (found["host"], found["port"], found["workers"]) == ("0.0.0.0", 8123, 3)
    config = tmp_path / "fen.toml"
    config.write_text(objects["ConfigMap"]["data"]["fen.toml"])
    settings = load_settings(config, {"FEN_HOME": str(tmp_path)})
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    before_stop = int(container(objects)["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > before_stop + 2 * settings.server.shutdown_seconds


def test_pages_have_a_port_of_their_own_and_one_pod_a_visitor() -> None:
    objects = render_chart()
    ports = {port["name"]: port["containerPort"] for port in container(objects)["ports"]}
    found = serve.make_context("serve", list(container(objects)["args"][1:])).params
    assert (found["pages_port"], found["api_only"]) == (ports["pages"], False)
    assert objects["Service"]["spec"]["sessionAffinity"] == "ClientIP"
    without = render_chart({"pages.enabled": False})
    assert "--api-only" in container(without)["args"]
    assert "sessionAffinity" not in without["Service"]["spec"]


def test_secrets_come_from_secrets_alone() -> None:
    environ = {one["name"]: one for one in container(render_chart())["env"]}
    for name in ("FEN_DATABASE_URL", "FEN_VALKEY_URL"):
        assert set(environ[name]) == {"name", "valueFrom"}
    without = container(render_chart({"secrets.valkey.enabled": False}))["env"]
    assert "FEN_VALKEY_URL" not in {one["name"] for one in without}


def test_a_changed_configuration_changes_the_pods() -> None:
    def annotations(config: str) -> Any:
        found = render_chart({"config": config})
        return found["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    assert annotations("[server]\n") != annotations("[deadlines]\n")


def test_with_autoscaling_the_deployment_names_no_number() -> None:
    assert render_chart()["Deployment"]["spec"]["replicas"] == 2
    assert "replicas" not in render_chart(ALL)["Deployment"]["spec"]


def test_what_is_mounted_is_there() -> None:
    found = render_chart()
    volumes = {volume["name"] for volume in found["Deployment"]["spec"]["template"]["spec"]["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container(found)["volumeMounts"]}
    assert set(mounts) == volumes
    assert {"FEN_CONFIG": f"{mounts['config']}/fen.toml"}.items() <= {
        one["name"]: one.get("value") for one in container(found)["env"]
    }.items()
