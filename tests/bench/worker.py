"""One subject on one database, in a process of its own. Reads one JSON command a line, answers one a line."""

import importlib
import json
import os
import sys


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
    importlib.import_module("django").setup()
    tasks = importlib.import_module(sys.argv[2])
    for line in sys.stdin:
        command = json.loads(line)
        result = getattr(tasks, command.pop("task"))(**command)
        answers.write(json.dumps(result) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
