"""The developer's commands of `./travaux`: test, lint, types, messages, bench, lock.

./travaux test [--install-packages] [--all] [pytest arguments]
./travaux lint | types | messages | lock
./travaux bench probes | pages | detection | publication | isolation | telling | stampede
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHES = ("probes", "pages", "detection", "publication", "isolation", "telling", "stampede")
PACKAGES = ROOT / "tests" / "lab" / "packages.txt"
NODE = ROOT / "tests" / "npm"


def main(arguments: list[str]) -> int:
    commands: dict[str, Callable[[list[str]], int]] = {
        "test": test,
        "lint": lint,
        "types": types,
        "messages": messages,
        "bench": bench,
        "lock": lock,
    }
    return commands[arguments[0]](arguments[1:])


def test(arguments: list[str]) -> int:
    """Run lint, types and import contracts, then every test of the plain tier; `--all` adds the long ones."""
    if "--install-packages" in arguments:
        arguments.remove("--install-packages")
        install_packages()
        install_node_packages()
    everything = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    if arguments:
        return pytest(arguments)
    began = time.monotonic()
    failed = [name for name, step in (("lint", lint), ("types", types)) if step([])]
    # Lab and fault tests time real processes: they run alone, after the rest ran on every core.
    code = pytest(["-n", "2", "-m", "not alone and not story"])
    alone = pytest(["-p", "no:randomly", "-m", "alone or story" if everything else "alone and not story"])
    failed += [name for name, result in (("tests", code), ("tests that run alone", alone)) if result not in {0, 5}]
    print(f"{'failed: ' + ', '.join(failed) if failed else 'all well'} after {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def pytest(arguments: list[str]) -> int:
    return run([sys.executable, "-m", "pytest", "-q", *arguments])


def lint(_arguments: list[str]) -> int:
    scripts = Path(sys.executable).parent
    steps = (
        [str(scripts / "ruff"), "check", "."],
        [str(scripts / "ruff"), "format", "--check", "--quiet", "."],
        [str(scripts / "lint-imports")],
    )
    return max(run(step) for step in steps)


def types(_arguments: list[str]) -> int:
    return run([sys.executable, "-m", "mypy"])


def messages(_arguments: list[str]) -> int:
    """List message ids that no catalogue translates, or that nothing uses any more."""
    return run([sys.executable, "-m", "tests.catalogues"])


def bench(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in BENCHES:
        print(f"which bench? ./travaux bench {' | '.join(BENCHES)}", file=sys.stderr)
        return 2
    return run([sys.executable, "-m", f"tests.bench.{arguments[0]}", *arguments[1:]])


def lock(_arguments: list[str]) -> int:
    """Write the hashed locks anew. Needs `uv` on the path; no host is written into them."""
    if shutil.which("uv") is None:
        print("./travaux lock needs uv on the path (pipx install uv)", file=sys.stderr)
        return 2
    compile_ = [
        "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade",
        "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "./travaux lock", "--quiet",
    ]  # fmt: skip
    run_lock, test_lock = "requirements/run.txt", "requirements/test.txt"
    first = run([*compile_, "--extra", "demo", "pyproject.toml", "-o", run_lock])
    second = first or run([*compile_, "-c", run_lock, "requirements/test.in", "-o", test_lock])
    return second or run([*compile_, "requirements/maintnote.in", "-o", "requirements/maintnote.txt"])


def install_packages() -> None:
    """Install the real servers of the lab (Debian, as root), none of them started."""
    names = [line.split("#")[0].strip() for line in PACKAGES.read_text(encoding="utf-8").splitlines()]
    names = [name for name in names if name]
    names += [] if shutil.which("npm") else ["npm"]  # another nodejs than Debian's brings its own
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n"]
    have = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    installed = {line.split()[0] for line in have if line.rstrip().endswith(" ii")}
    missing = [name for name in names if name not in installed]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"--install-packages needs root; missing: {' '.join(missing)}")
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        policy.chmod(0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=environment)
        command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    finally:
        if ours:
            policy.unlink()


def install_node_packages() -> None:
    """Install what `tests/npm/package-lock.json` lists, by its hashes, where it isn't there yet."""
    wanted, done = NODE / "package-lock.json", NODE / "node_modules" / ".done"
    if done.exists() and done.read_bytes() == wanted.read_bytes():
        return
    subprocess.run(["npm", "ci", "--silent"], check=True, cwd=NODE)
    shutil.copy(wanted, done)


def run(command: list[str]) -> int:
    return subprocess.run(command, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
