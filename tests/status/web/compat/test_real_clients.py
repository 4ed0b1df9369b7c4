"""Programs of others, unpatched, only told where we are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import ovh
import pytest
from werkzeug.serving import make_server

from tests import node
from tests.status.web.days import very_bad_day

READ = """const { Statuspage } = require("statuspage.io"); const us = new Statuspage("ours");
us.setApiUrl(process.argv[1]); (async () => console.log(JSON.stringify([
await us.api.getSummary(), await us.api.getStatus(), await us.api.getComponents(), await us.api.incidents.getAll(),
await us.api.incidents.getUnresolved(), await us.api.scheduledMaintenances.getAll()])))()"""


@pytest.fixture
def base(app, fill) -> Iterator[str]:
    fill(very_bad_day)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_prometheus_exporter_of_statuspage_reads_us(base, tmp_path):
    services, metrics = tmp_path / "services.json", tmp_path / "statuspage.prom"
    services.write_text(f'{{"ours": {{"url": "{base}/api/v2/summary.json", "name": "Ours"}}}}')
    environment = {
        **os.environ, "RUN_MODE": "once", "SERVICES_JSON_PATH": str(services), "METRICS_TEXTFILE_PATH": str(metrics),
    }  # fmt: skip
    command = [sys.executable, "-m", "statuspage_prometheus_exporter.status_monitoring"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    read = metrics.read_text()
    assert 'statuspage_service_status{service_name="Ours"} 0.0' in read
    assert read.count("statuspage_incident_info{") == 12
    assert read.count("statuspage_maintenance_info{") == 5
    assert 'statuspage_component_status{component_name="Appels SIP",service_name="Ours"} 0.0' in read
    assert 'statuspage_component_status{component_name="Webmail",service_name="Ours"}' in read


@node.needed
def test_the_client_of_statuspage_for_node_reads_us(base):
    summary, status, components, every, unresolved, works = json.loads(node.run("node", "-e", READ, base))
    assert summary["page"]["name"] == "Exemple Télécom"
    assert status["status"] == summary["status"]
    assert components["components"] == summary["components"]
    assert (len(unresolved["incidents"]), len(every["incidents"])) == (12, 13)
    assert all(each["scheduled_for"] for each in works["scheduled_maintenances"])


@pytest.fixture
def client(base, monkeypatch) -> ovh.Client:
    monkeypatch.setitem(ovh.client.ENDPOINTS, "ours", f"{base}/1.0")
    return ovh.Client(endpoint="ours", application_key="-", application_secret="-", consumer_key="-")


def test_python_ovh_reads_tasks_and_incidents(client):
    tasks = client.get("/status/task", type="incident")
    assert len(tasks) >= 12
    assert {task["type"] for task in tasks} == {"incident"}
    numbers = client.get("/xdsl/incidents")
    assert client.get(f"/xdsl/incidents/{numbers[0]}")["id"] == numbers[0]


def test_python_ovh_understands_what_is_refused(client):
    with pytest.raises(ovh.exceptions.BadParametersError, match="expected one of"):
        client.get("/status/task", type="panne")
    with pytest.raises(ovh.exceptions.ResourceNotFoundError, match="does not exist"):
        client.get("/xdsl/incidents/1")
