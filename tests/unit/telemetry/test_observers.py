"""Every instrument hears of every call, and none can stand in its way."""

import subprocess
import sys

import pytest

from fen.telemetry import Observers, Telemetry, open_telemetry
from fen.telemetry.instruments import find_endpoint
from fen.wire.errors import ConfigError
from fen.wire.ports import CallRecord
from tests.unit.telemetry.calls import CALL

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Notes:
    def __init__(self, fails: bool = False) -> None:
        self.records: list[CallRecord] = []
        self.parents: list[str | None] = []
        self.fails = fails

    def start(self, request_id: str, traceparent: str | None) -> tuple[object, str | None]:
        self.parents.append(traceparent)
        if self.fails:
            raise RuntimeError
        return "span", "its own"

    def finish(self, record: CallRecord) -> None:
        if self.fails:
            raise RuntimeError
        self.records.append(record)


def test_without_a_tracer_the_clients_traceparent_goes_on() -> None:
    observers = Observers((Notes(),))
    assert observers.start("req_1", TRACEPARENT) == (None, TRACEPARENT)
    assert observers.start("req_1", "malformed") == (None, None)
    assert observers.start("req_1", None) == (None, None)


def test_with_a_tracer_its_own_traceparent_goes_on_and_the_clients_is_the_parent() -> None:
    tracer = Notes()
    observers = Observers((), tracer)
    assert observers.start("req_1", TRACEPARENT) == ("span", "its own")
    assert observers.start("req_1", "malformed") == ("span", "its own")
    assert tracer.parents == [TRACEPARENT, None]


def test_an_instrument_that_fails_costs_nobody_anything(caplog: pytest.LogCaptureFixture) -> None:
    before, broken, after = Notes(), Notes(fails=True), Notes()
    observers = Observers((before, broken, after), Notes(fails=True))
    assert observers.start("req_1", TRACEPARENT) == (None, TRACEPARENT)
    observers.finish(CALL)
    assert before.records == after.records == [CALL]
    assert caplog.text.count("could not be recorded") == 2


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318"}, "http://otel:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel/in/"}, "https://otel/in/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://otel/mine"}, "http://otel/mine"),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://all",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://own/x",
            },
            "http://own/x",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318", "OTEL_SDK_DISABLED": "true"}, None),
    ],
)
def test_traces_go_where_the_environment_says(environ: dict[str, str], expected: str | None) -> None:
    assert find_endpoint(environ) == expected


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "otel:4318"}, "found 'otel:4318', expected http"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: found 'grpc', expected http/protobuf",
        ),
    ],
)
def test_an_address_that_takes_no_traces_stops_the_start(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("(", r"\(")):
        open_telemetry(environ)


def test_without_traces_the_sdk_stays_unloaded() -> None:
    program = (
        "import sys; from fen.telemetry import open_telemetry; open_telemetry({}).close(); "
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_calls_show_in_what_is_rendered() -> None:
    telemetry: Telemetry = open_telemetry({})
    telemetry.add_gauge("fen_in_flight", "Requests under way.", lambda: 3)
    telemetry.add_counter("fen_embedded_cpu_seconds", "Processor time.", lambda: 1.5)
    telemetry.observer.finish(CALL)
    text = telemetry.render()[0].decode()
    assert 'fen_tokens_total{meter="output",model="fake/gpt-4o-mini"} 20.0' in text
    assert "fen_in_flight 3.0" in text
    assert "fen_embedded_cpu_seconds_total 1.5" in text
