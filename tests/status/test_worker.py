"""What a worker of the web process is made of."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("sqlalchemy", "pydantic", "flask", "jinja2")


def test_a_worker_serves_published_bytes_before_it_loads_app_configuration_and_database():
    program = f"import sys, status.worker; print([name for name in {HEAVY} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
