"""What our code must not do, read from its syntax; what our regular expressions cost on hostile text."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for name in ("status", "probes") for path in (ROOT / name).rglob("*.py"))
SHIPPED = [path for path in SOURCES if not {"demo", "replay"} & set(path.parts)]
"""The demonstration's servers and the replay of scenarios decide nothing about people."""

RUNNING = {"eval", "exec", "compile", "__import__", "yaml.load", "yaml.full_load", "yaml.unsafe_load"}
"""The replay composes its scenarios' YAML by the safe loader, into nodes alone."""

LENGTH, SHORT = 20_000, 2_000
WITHIN_S = 0.02
OWN = {"assets.py", "reply_words.py"}
"""Our own stylesheet; words test_mail_reading.py times. Configuration and commands are the operator's."""
ANYWHERE = {"search", "findall", "finditer", "sub", "subn", "split"}
PIECES = (
    *"a0 \t\n.-_@<\"'\\/=,;:é([>", "a.", "a@", "1.", "0:", "a-", "<a", "\r\n", "a,", "W/", '"a",', "a b", "> ", "--",
)  # fmt: skip


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Give each call with its dotted name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_nothing_is_read_that_can_run():
    """ASVS 1.5.2."""
    bad = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
    assert {str(path): found for path in SOURCES if (found := imports(path) & bad)} == {}
    assert [str(path) for path in SOURCES for name, _ in calls(path) if name in RUNNING] == []


def test_chance_comes_from_secrets_alone():
    """ASVS 11.5.1: `random` nowhere but where the demonstration and the replay play."""
    assert [str(path) for path in SHIPPED if "random" in imports(path)] == []


def test_no_statement_is_put_together_from_text():
    """ASVS 1.2.4: `text()` and `execute()` are given whole statements, never one with something put in."""
    found = []
    for path in SOURCES:
        for name, call in calls(path):
            is_sql = name in {"sa.text", "text", "sqlalchemy.text"} or name.endswith(
                (".execute", ".exec_driver_sql", ".literal_column")
            )
            if is_sql and call.args and _is_made(call.args[0]):
                found.append(f"{path.name}:{call.lineno}")
    assert found == []


def _is_made(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sa.text", "text"}:
        return bool(node.args) and _is_made(node.args[0])
    if isinstance(node, ast.JoinedStr):
        put_in = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return not all(isinstance(each, ast.Name) and each.id.isupper() for each in put_in)
    made = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add)
    return made or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format"))


def test_formats_are_our_own():
    """ASVS 1.3.10: `.format` is called on a constant, never on a text from elsewhere."""
    found = []
    for path in SHIPPED:
        for node in ast.walk(tree(path)):
            is_format = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_format and node.func.attr in {"format", "format_map"} and not _is_constant(node.func.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _is_constant(node: ast.expr) -> bool:
    if ast.unparse(node).startswith("translations(language)."):  # the catalogue's sentences
        return True
    if isinstance(node, ast.Call):  # Markup("…").format, _("…").format
        return bool(node.args) and isinstance(node.args[0], ast.Constant)
    if isinstance(node, ast.Subscript):  # a table of sentences
        return _is_constant(node.value)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def test_no_template_is_made_from_text():
    """ASVS 1.3.7."""
    assert [
        path.name
        for path in SOURCES
        for name, _ in calls(path)
        if "render_template_string" in name or name.endswith("from_string")
    ] == []


def test_programs_are_started_with_a_list():
    """ASVS 1.2.5: never through a shell."""
    shells = [path.name for path in SOURCES for name, _ in calls(path) if name in {"os.system", "os.popen"}]
    shells += [
        path.name for path in SOURCES for _, call in calls(path)
        for word in call.keywords if word.arg == "shell" and ast.unparse(word.value) != "False"
    ]  # fmt: skip
    assert shells == []


@dataclass(frozen=True)
class Used:
    """A pattern and how it is used: somewhere in a text, or from its beginning alone."""

    pattern: re.Pattern[str]
    anywhere: bool

    def seconds(self, piece: str, length: int) -> float:
        text = piece * (length // len(piece)) + "!"
        began = time.thread_time()
        (self.pattern.search if self.anywhere else self.pattern.fullmatch)(text)
        return time.thread_time() - began


def patterns() -> dict[str, Used]:
    """Give every compiled pattern of a module of ours, and those a module compiles when it is called."""
    found = {}
    for path in SHIPPED:
        if {"cli", "config"} & set(path.parts) or path.name in OWN:
            continue
        words = path.read_text(encoding="utf-8")
        for name, call in calls(path):
            function = name.removeprefix("re.")
            if name.startswith("re.") and call.args and (text := _text(call.args[0])) is not None:
                held = words.splitlines()[call.lineno - 1].split()[0].rstrip(":")
                later = re.search(rf"\b{re.escape(held)}\.({'|'.join(ANYWHERE)})\(", words)
                anywhere = bool(later) if function == "compile" else function in ANYWHERE
                found[f"{path.relative_to(ROOT)}:{call.lineno}"] = Used(re.compile(text), anywhere)
    return found


def _text(node: ast.expr) -> str | None:
    """Give a pattern that is written as it is; one put together from constants is tried by its module's own tests."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_no_pattern_takes_long_on_hostile_text():
    """ASVS 1.3.12: a µs for each byte of any of these at most (100 kB in 100 ms), of this thread's time."""
    known = patterns()
    assert len(known) > 30
    slow = [
        (name, piece) for name, used in known.items() for piece in PIECES
        if used.seconds(piece, SHORT) > WITHIN_S / (LENGTH / SHORT) ** 2  # else not even a square grows to it
        and used.seconds(piece, LENGTH) > WITHIN_S
    ]  # fmt: skip
    assert slow == []
