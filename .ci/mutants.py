"""Puts mutmut's faults into modules, one at a time, and runs the given tests against each (docs/mutation.md).

    nice python .ci/mutants.py twofactor/totp.py twofactor/factors/app.py -- tests/twofactor/test_totp.py …

The modules are changed in memory alone. The tests are loaded and the database is made once; each fault has a fork that
runs the tests that call the changed function, the fastest first, until one fails.
"""

import difflib
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from mutmut import configuration
from mutmut.mutation import trampoline
from mutmut.mutation.file_mutation import mutate_file_contents

SECONDS = 120
"""A fault whose tests take longer has been noticed: it hangs."""


class Faulty(MetaPathFinder):
    """Loads the module with all of its faults, of which `MUTANT_UNDER_TEST` chooses one."""

    def __init__(self, path: str) -> None:
        self.path, self.name = path, path.removesuffix(".py").replace("/", ".")
        self.made = mutate_file_contents(path, Path(path).read_text())

    def find_spec(self, name: str, *_: Any) -> Any:
        if name != self.name:
            return None
        code = self.made.code

        class Loader(SourceFileLoader):
            def get_code(self, fullname: str) -> Any:
                return compile(code, self.path, "exec")

        return spec_from_file_location(name, self.path, loader=Loader(name, self.path))

    def lines(self, function: str) -> list[str]:
        span = self.made.line_span_by_function_name[function]
        return self.made.code.splitlines()[span.start - 1 : span.end]

    def difference(self, fault: str) -> list[str]:
        before = self.lines(fault.rpartition("__mutmut_")[0] + "__mutmut_orig")
        changed = difflib.unified_diff(before, self.lines(fault), n=0, lineterm="")
        return [
            line for line in changed if line[0] in "+-" and "__mutmut_" not in line and line[:3] not in ("+++", "---")
        ]


class Runner:
    def __init__(self, modules: list[Faulty]) -> None:
        self.modules, self.failed = modules, False
        self.called: set[str] = set()
        self.out = os.fdopen(os.dup(1), "w", buffering=1)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.verbose = -1  # pytest-django asks for it, and there is no terminal's option to answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        by_function = self.clean(session)
        gc.freeze()
        gc.disable()
        for module in self.modules:
            self.run(session, module, by_function)
        return True

    def run(self, session: pytest.Session, module: Faulty, by_function: dict[str, list[tuple[float, Any]]]) -> None:
        noticed, faults = 0, module.made.mutant_names
        callers = {
            item: None for name, tests in by_function.items() if name.startswith(module.name) for _, item in tests
        }
        if callers and self.fork(session, "none", list(callers)):
            raise pytest.UsageError(f"The tests of {module.path} fail in a fork without a fault")
        for fault in faults:
            tests = by_function.get(f"{module.name}.{fault.rpartition('__mutmut_')[0]}", [])
            ordered = [item for _, item in sorted(tests, key=itemgetter(0))]
            if ordered and self.fork(session, f"{module.name}.{fault}", ordered):
                noticed += 1
            else:
                print(f"# {fault}{'' if tests else ' (no test)'}", *module.difference(fault), sep="\n", file=self.out)
        share = 100 * noticed / len(faults) if faults else 100
        print(f"{module.path}: {noticed} of {len(faults)} ({share:.1f} %)", file=self.out)

    def clean(self, session: pytest.Session) -> dict[str, list[tuple[float, Any]]]:
        """All tests without a fault; by function, those that call it and how long they take."""
        trampoline.record_trampoline_hit = lambda name, caller=None: self.called.add(name)
        os.environ["MUTANT_UNDER_TEST"] = "stats"
        by_function: dict[str, list[tuple[float, Any]]] = {}
        for item, following in around(session.items):
            self.called.clear()
            begun = time.perf_counter()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                raise pytest.UsageError(f"{item.nodeid} fails without a fault")
            for function in self.called:
                by_function.setdefault(function, []).append((time.perf_counter() - begun, item))
        print(f"{len(session.items)} tests pass", file=self.out)
        return by_function

    def fork(self, session: pytest.Session, fault: str, tests: list[Any]) -> bool:
        connections.close_all()
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] != 0
        signal.alarm(SECONDS)
        os.environ["MUTANT_UNDER_TEST"] = fault
        session._setupstate.teardown_exact(tests[0])
        for item, following in around(tests):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                os._exit(1)
        os._exit(0)


def around(tests: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each with the one after it; after the last comes the first, so that what they share is kept."""
    return zip(tests, [*tests[1:], tests[0]], strict=True)


def main() -> int:
    split = sys.argv.index("--")
    paths, tests = sys.argv[1:split], sys.argv[split + 1 :]
    configuration._config_reader = lambda: lambda name, default: ["."] if name == "source_paths" else default
    os.environ["MUTANT_UNDER_TEST"] = ""
    sys.path.insert(0, str(Path.cwd()))
    modules = [Faulty(path) for path in paths]
    sys.meta_path[:0] = modules
    options = ["-o", "addopts=--import-mode=importlib", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*options, *tests], plugins=[Runner(modules)]))


if __name__ == "__main__":
    sys.exit(main())
