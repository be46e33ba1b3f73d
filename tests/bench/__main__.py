"""Runs the benchmarks and writes BENCHMARKS.md.

A module of this package takes part if it has ``NAME``, a word for ``--only``, and
``run() -> list[Row]``; its docstring heads its part of the report. See ``measure`` for what is
shared: ``row``, ``interleaved``, ``installation``, ``Web``. A part makes its own installation,
takes it away again, and finishes within a few minutes; what it reports are ratios between cases of
the same run, since absolute times move from machine to machine.

    python -m tests.bench                      all parts, BENCHMARKS.md written anew
    python -m tests.bench --only search        this part alone, its section replaced
    python -m tests.bench --list               the names
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from types import ModuleType

import tests.bench
from tests.bench import report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parts = {module.NAME: module for module in _parts()}
    parser.add_argument("--only", action="append", choices=sorted(parts), help="run this part")
    parser.add_argument("--list", action="store_true", help="name the parts and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(parts))
        return 0
    sections = report.read() if options.only else {}
    missed = 0
    for name in options.only or parts:
        begun = time.monotonic()
        print(f"· {name}", flush=True)
        rows = parts[name].run()
        took = time.monotonic() - begun
        sections[name] = report.section(parts[name], rows, took)
        # After each part, so that a part that fails takes no other's figures along.
        report.write(sections)
        for row in rows:
            print(f"  {report.MARKS[row.met]} {row.measure}: {row.value} {row.aim}", flush=True)
        missed += sum(row.met is False for row in rows)
    print(f"BENCHMARKS.md is written; {missed} aims are missed.")
    return 0


def _parts() -> list[ModuleType]:
    """Return the modules of this package that measure something."""
    names = [found.name for found in pkgutil.iter_modules(tests.bench.__path__)]
    modules = [importlib.import_module(f"tests.bench.{name}") for name in names if name[0] != "_"]
    return [module for module in modules if hasattr(module, "NAME") and hasattr(module, "run")]


if __name__ == "__main__":
    sys.exit(main())
