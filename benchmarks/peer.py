"""What every peer of the benchmark has in common: it stays alive and times rounds on request.

One request and one answer per line, as JSON; benchmarks/subject.ts is the other side.
  {"do": "prepare", "case": {...}}    builds the model of a case and runs it until it is warm; with
                                      "precision": "bfloat16" in mixed precision
  {"do": "start", "case": {...}}      builds it and runs one step
  {"do": "round", "steps": 20}        runs so many steps and answers with {"milliseconds": per step}
  {"do": "quit"}
Between two requests the process waits for its input and computes nothing.
"""

import json
import os
import platform
import sys
import time

WARM_UP = 20


def serve(prepare, about):
    """Answers requests until there are no more.

    prepare: takes a case and whether to compute in mixed precision, and returns a function that
    runs one round of n steps.
    about: versions and settings, sent as the first line.
    """
    # Whatever a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")

    answer(**about)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                run = None
                run = prepare(request["case"], request.get("precision") == "bfloat16")
                run(WARM_UP)
                answer(ready=True)
            elif request["do"] == "start":
                run = prepare(request["case"], False)
                run(1)
                answer(ready=True)
            elif request["do"] == "round":
                steps = request["steps"]
                start = time.perf_counter()
                run(steps)
                answer(milliseconds=(time.perf_counter() - start) / steps * 1000)
            else:
                return
        except Exception as error:  # to the other side, which knows what was asked
            answer(error=f"{type(error).__name__}: {error}")


def threads():
    """The number of threads that all sides compute with."""
    return int(os.environ["BENCH_THREADS"])


def python():
    """The version of Python."""
    return platform.python_version()
