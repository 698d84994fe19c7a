#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares csrc/base/decimal with python3's decimal module on seeded random operations.

usage: tools/decimal_oracle.py [--count N] [--seed S] [--cc CC] [--cflags FLAGS]
Builds tools/decimal_driver.c in a temporary directory. Exit status 1 names the first difference.
"""
import argparse
import decimal
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIGITS = 16
MAX_UNITS = 2**127 - 1
ONE = 10**DIGITS
ROUNDINGS = [decimal.ROUND_DOWN, decimal.ROUND_UP, decimal.ROUND_FLOOR, decimal.ROUND_CEILING,
             decimal.ROUND_HALF_EVEN, decimal.ROUND_HALF_UP]
QUANTA = [Decimal(1).scaleb(-d) for d in range(DIGITS + 1)]
LIMIT = Decimal(MAX_UNITS).scaleb(-DIGITS, decimal.Context(prec=60))
# Wide enough for every product and for the exact value of every double in range.
CONTEXT = decimal.Context(prec=1200, Emax=10**6, Emin=-(10**6))
# Quotients never end; 160 digits and a sticky tail keep what one rounding needs.
decimal.setcontext(CONTEXT)
QUOTIENT = decimal.Context(prec=160, rounding=decimal.ROUND_05UP)
CHUNK = 100000


def plain(value):
    """The shortest plain text of a number on the grid, as the C side writes it."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def settle(value, digits, rounding):
    if abs(value) > LIMIT * 11:
        return "range"
    result = value.quantize(QUANTA[digits], rounding=ROUNDINGS[rounding], context=CONTEXT)
    return plain(result) if abs(result) <= LIMIT else "range"


def snap_to(a, increment, rounding):
    count = QUOTIENT.divide(a, increment).quantize(QUANTA[0], rounding=ROUNDINGS[rounding], context=CONTEXT)
    return settle(CONTEXT.multiply(count, increment), DIGITS, 0)


class Source:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def units(self):
        """Prices, sizes, whole numbers, halves, edges, and numbers of any magnitude."""
        rnd, kind = self.random, self.random.getrandbits(4)
        if kind < 5:
            units = rnd.getrandbits(24) * 10 ** rnd.randrange(8, 17)
        elif kind < 8:
            units = rnd.getrandbits(rnd.randrange(1, 64))
        elif kind < 12:
            units = rnd.getrandbits(rnd.randrange(1, 128))
        elif kind == 12:
            units = rnd.randrange(0, 200) * 10**rnd.randrange(0, 17) // 2
        elif kind == 13:
            units = min(MAX_UNITS, max(0, (1 << rnd.randrange(0, 128)) + rnd.randrange(-2, 3)))
        elif kind == 14:
            units = MAX_UNITS - rnd.getrandbits(rnd.randrange(1, 60))
        else:
            units = rnd.randrange(0, 4)
        return -units if rnd.getrandbits(1) else units

    def number(self):
        value = Decimal(self.units()).scaleb(-DIGITS, CONTEXT)
        return value, plain(value)

    def halfway(self):
        """Between two doubles, or one unit beside it."""
        rnd = self.random
        whole = (rnd.getrandbits(53) << 1 | 1 << 53 | 1) << rnd.randrange(0, 19)
        value = Decimal(whole * ONE + rnd.randrange(-1, 2)).scaleb(-DIGITS, CONTEXT)
        return value, plain(value)

    def positive(self):
        value, text = self.number()
        while not value:
            value, text = self.number()
        return abs(value), text.lstrip("-")

    def literal(self):
        """Text that may be too long, too fine, too large, or no number."""
        rnd, kind = self.random, self.random.getrandbits(3)
        if kind < 3:
            return self.number()[1]
        if kind == 3:
            return rnd.choice(BAD)
        digits = str(rnd.getrandbits(rnd.randrange(1, 140)))
        text = rnd.choice(["", "", "-", "+"]) + "0" * rnd.choice([0, 0, 0, 1, 25]) + digits
        if rnd.getrandbits(1):
            text += "." + str(rnd.getrandbits(rnd.randrange(1, 90))).zfill(rnd.randrange(1, 25))
            text += "0" * rnd.choice([0, 0, 3, 30])
        if kind > 5:
            text += rnd.choice("eE") + rnd.choice(["", "+", "-"]) + str(rnd.randrange(0, 60))
        return text

    def double(self):
        rnd, kind = self.random, self.random.getrandbits(2)
        if kind == 0:
            return float(self.number()[0])
        if kind == 1:
            return round(rnd.uniform(-1e6, 1e6), rnd.randrange(0, 9))
        if kind == 2:
            return rnd.getrandbits(53) * 2.0 ** rnd.randrange(-120, 40) * rnd.choice([1, -1])
        return rnd.choice([0.0, -0.0, 5e-324, 1e308, -1e22, 2.0**53, 0.5, 1.5, 2.5, -0.125, 1e-16, 5e-17, 1e-300])


BAD = ["nan", "inf", "-", "+", ".5", "5.", "1e", "1e+", "0x10", "1,5", "--1", "1.2.3", "e5", "1_000", "٣", "12a", "-.",
       "1e99999999999999999999", "0e99999999999999999999", "1e-99999999999999999999", "-0", "-0.0", "+1"]
NUMERAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)


def read_literal(text):
    """(status, value truncated to 16 digits)"""
    if not NUMERAL.match(text):
        return "invalid", None
    mantissa, _, exponent = text.lower().partition("e")
    shift = max(-10000, min(10000, int(exponent or 0)))
    value = Decimal(mantissa).scaleb(shift, CONTEXT)
    if abs(value) > LIMIT * 2:
        return "range", None
    cut = value.quantize(QUANTA[DIGITS], rounding=decimal.ROUND_DOWN, context=CONTEXT)
    if abs(cut) > LIMIT:
        return "range", None
    return ("ok" if cut == value else "inexact"), plain(cut)


def parse(source, _digits, _rounding):
    text = source.literal()
    status, cut = read_literal(text)
    return text, {"ok": cut, "inexact": "inexact " + str(cut)}.get(status, status)


def parse_truncated(source, _digits, _rounding):
    text = source.literal()
    status, cut = read_literal(text)
    return text, cut if status in ("ok", "inexact") else status


def add(source, _digits, _rounding):
    (a, ta), (b, tb) = source.number(), source.number()
    return ta + " " + tb, settle(CONTEXT.add(a, b), DIGITS, 0)


def subtract(source, _digits, _rounding):
    (a, ta), (b, tb) = source.number(), source.number()
    return ta + " " + tb, settle(CONTEXT.subtract(a, b), DIGITS, 0)


def multiply(source, digits, rounding):
    (a, ta), (b, tb) = source.number(), source.number()
    return ta + " " + tb, settle(CONTEXT.multiply(a, b), digits, rounding)


def divide(source, digits, rounding):
    (a, ta), (b, tb) = source.number(), source.number()
    return ta + " " + tb, settle(QUOTIENT.divide(a, b), digits, rounding) if b else "invalid"


def multiply_divide(source, digits, rounding):
    (a, ta), (b, tb), (c, tc) = source.number(), source.number(), source.number()
    expected = settle(QUOTIENT.divide(CONTEXT.multiply(a, b), c), digits, rounding) if c else "invalid"
    return ta + " " + tb + " " + tc, expected


def quantize(source, _digits, rounding):
    (a, ta), (b, tb) = source.number(), source.positive()
    return ta + " " + tb, snap_to(a, b, rounding)


def round_digits(source, digits, rounding):
    a, ta = source.number()
    return ta, settle(a, digits, rounding)


def compare(source, _digits, _rounding):
    (a, ta), (b, tb) = source.number(), source.number()
    if source.random.getrandbits(2) == 0:
        b, tb = a, ta
    return ta + " " + tb, str((a > b) - (a < b))


def to_double(source, _digits, _rounding):
    _, ta = source.number() if source.random.getrandbits(2) else source.halfway()
    return ta, float(ta)


def from_double(source, digits, _rounding):
    value = source.double()
    exact = Decimal(value)
    return value.hex(), settle(exact, digits, 4)


def pad(source, digits, _rounding):
    _, ta = source.number()
    whole, _, fraction = ta.partition(".")
    fraction = fraction.ljust(digits, "0")
    return ta, whole + ("." + fraction if fraction else "")


OPERATIONS = [("p", parse), ("t", parse_truncated), ("+", add), ("-", subtract), ("*", multiply), ("*", multiply),
              ("/", divide), ("/", divide), ("x", multiply_divide), ("q", quantize), ("r", round_digits),
              ("?", compare), ("d", to_double), ("f", from_double), ("F", pad)]


def build(directory, cc, flags):
    driver = os.path.join(directory, "driver")
    base = os.path.join(ROOT, "csrc", "base")
    names = ["decimal", "decimal_math", "decimal_double", "fault"]
    sources = [os.path.join(base, name + ".c") for name in names] + [os.path.join(ROOT, "tools", "decimal_driver.c")]
    command = [cc, "-std=gnu11", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "csrc")] + flags.split()
    subprocess.run(command + sources + ["-o", driver, "-lm"], check=True)
    return driver


def same(expected, answer):
    return float.fromhex(answer) == expected if isinstance(expected, float) else answer == expected


def run_chunk(driver, source, count):
    lines, expected = [], []
    for _ in range(count):
        bits = source.random.getrandbits(30)
        letter, operation = OPERATIONS[bits % len(OPERATIONS)]
        digits, rounding = (bits >> 8) % (DIGITS + 1), (bits >> 16) % len(ROUNDINGS)
        operands, answer = operation(source, digits, rounding)
        lines.append("%s %d %d %s" % (letter, digits, rounding, operands))
        expected.append(answer)
    output = subprocess.run([driver], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    answers = output.stdout.split("\n")
    for line, want, got in zip(lines, expected, answers):
        if not same(want, got):
            sys.exit("difference: %s\n  expected %s\n  got      %s" % (line, want, got))
    if len(answers) != count + 1:
        sys.exit("the driver gave %d answers to %d questions" % (len(answers) - 1, count))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cc", default=os.environ.get("CC", "cc"))
    parser.add_argument("--cflags", default="-O2")
    options = parser.parse_args()
    source, begin = Source(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        driver = build(directory, options.cc, options.cflags)
        for done in range(0, options.count, CHUNK):
            run_chunk(driver, source, min(CHUNK, options.count - done))
    print("decimal: %d operations agree with python's decimal (seed %d, %.1f s)"
          % (options.count, options.seed, time.monotonic() - begin))


if __name__ == "__main__":
    main()
