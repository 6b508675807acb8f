"""Runs the node tests by onnx's own runner with ONNX Runtime's own backend: what ours is measured beside.

One process, as its users run it.

Prints one JSON object: cases, seconds in the runner (importing and building the cases is not counted), results by case.
"""

from __future__ import annotations

import json
import os
import sys
import time
import unittest
import warnings

import onnx.backend.test
import onnxruntime.backend


def main() -> None:
    """Builds the cases, runs those for the processor, reports."""
    warnings.simplefilter("ignore")
    runner = onnx.backend.test.BackendTest(onnxruntime.backend, "peer")
    tests = unittest.TestLoader().loadTestsFromTestCase(runner.test_cases["OnnxBackendNodeModelTest"])
    suite = unittest.TestSuite(test for test in tests if test.id().endswith("_cpu"))
    names = [test.id().rsplit(".", 1)[-1].removesuffix("_cpu") for test in suite]
    with open(os.devnull, "w") as nothing:
        start = time.perf_counter()
        result = unittest.TextTestRunner(stream=nothing, verbosity=0).run(suite)
        seconds = time.perf_counter() - start
    results = dict.fromkeys(names, "passed")
    for word, listed in (("failed", result.failures), ("error", result.errors), ("skipped", result.skipped)):
        for test, _ in listed:
            results[test.id().rsplit(".", 1)[-1].removesuffix("_cpu")] = word
    json.dump({"cases": len(names), "seconds": seconds, "results": results}, sys.stdout)


if __name__ == "__main__":
    main()
