# SPDX-License-Identifier: MIT
"""A seeded random walk of one-minute bars as CSV: market.py BARS FILE.

Prices are multiples of 0.25, exact in binary: all programs then see exactly the same averages, and a tie is a tie in
each of them."""
import math
import random
import sys

SEED, START, FIRST_PRICE, STEP, TICKS = 20261122, 1577836800, 30000.0, 0.0005, 4


def to_ticks(price):
    return max(TICKS, round(price * TICKS))


def bars(count):
    """Open, high, low, close in ticks, volume. An open is not the close before it: a fill at the wrong one shows."""
    walk = random.Random(SEED)
    price = FIRST_PRICE
    for _ in range(count):
        start = to_ticks(price * math.exp(walk.gauss(0, STEP / 5)))
        price *= math.exp(walk.gauss(0, STEP))
        end = to_ticks(price)
        reach = price * STEP * TICKS
        high = max(start, end) + int(reach * walk.random())
        low = max(1, min(start, end) - int(reach * walk.random()))
        yield start, high, low, end, walk.randint(1, 9_999_999)


def write(count, path):
    with open(path, "w", encoding="ascii") as out:
        out.write("time,open,high,low,close,volume\n")
        for i, (start, high, low, end, volume) in enumerate(bars(count)):
            prices = ",".join(f"{ticks / TICKS:.2f}" for ticks in (start, high, low, end))
            out.write(f"{START + 60 * i},{prices},{volume / 1e6:.6f}\n")


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
