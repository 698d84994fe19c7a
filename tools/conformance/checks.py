# SPDX-License-Identifier: MIT
"""Named checks, run in the order of their writing: each prints a line, the sum comes last."""
import sys
import time
import traceback

_checks = []


def check(function):
    _checks.append(function)
    return function


def wait_for(condition, seconds=20):
    """The first true answer of condition(), which is asked until then."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("it never came")
        time.sleep(0.01)


def refused(call, text, kind=Exception):
    try:
        call()
    except kind as error:
        assert text in str(error), f"refused, but not with {text!r}: {error}"
        return error
    raise AssertionError("it was not refused")


def equal(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


def run(prefix):
    failed = 0
    for function in _checks:
        name = f"{prefix}: {(function.__doc__ or function.__name__).strip()}"
        try:
            function()
            print("ok     ", name, flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("FAILED ", name, flush=True)
            traceback.print_exc(limit=-3, file=sys.stdout)
    print(f"{len(_checks) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
