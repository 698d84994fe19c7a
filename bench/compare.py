# SPDX-License-Identifier: MIT
"""One strategy on the same bars in Neap, backtesting.py and backtrader. No figure before their trades are equal."""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
CASH, FEE = "1000000", "0.001"
PEERS = {"backtesting.py": "peer_backtesting.py", "backtrader": "peer_backtrader.py"}
STAGES = [
    ("start, CSV, session", "read_only.lua"),
    ("two averages", "averages_only.lua"),
    ("on_bar, empty", "on_bar_empty.lua"),
    ("crossings, orders, fills", "ma_cross_fixed.lua"),
]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("--work", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5, help="runs of Neap; the median counts (peers run once)")
    parser.add_argument("--peers-only", action="store_true")
    return parser.parse_args()


def measure(command, output=subprocess.DEVNULL):
    """Seconds from process start to end, and peak memory in MB (at least what this process has when it forks)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=output, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench/run: failed with {process.returncode}: {' '.join(map(str, command))}")
    return seconds, usage.ru_maxrss / 1024


def make_bars(work, count):
    path = work / f"BTC-USD_1m_{count}.csv"
    if not path.exists():
        print(f"generating {count} bars ...", file=sys.stderr)
        part = path.with_suffix(".part")
        subprocess.run([sys.executable, BENCH / "market.py", str(count), part], check=True)
        part.rename(path)
    return path


def run_peer(name, work, bars):
    print(f"running {name} ...", file=sys.stderr)
    trades = work / f"trades_{name}.json"
    cost = measure([sys.executable, "-W", "ignore", BENCH / PEERS[name], bars, trades, CASH, FEE])
    return cost, json.loads(trades.read_text())


def neap_command(strategy, bars):
    return [ROOT / "neap", "backtest", BENCH / "strategies" / strategy, "--data", f"BTC-USD={bars}", "--cash", CASH,
            "--fee-bps", "10", "--product", "BTC-USD:price_increment=0.01,base_increment=0.000001",
            "--close-at-end", "no", "--quiet", "--json"]


def run_neap(strategy, work, bars, repeat):
    print(f"running Neap, {strategy} ...", file=sys.stderr)
    result = work / "neap.json"
    costs = []
    for _ in range(repeat):
        with open(result, "wb") as output:
            costs.append(measure(neap_command(strategy, bars), output))
    seconds, megabytes = zip(*costs)
    return (statistics.median(seconds), max(megabytes)), json.loads(result.read_text())


def bar_index(times, text):
    return times[int(datetime.datetime.fromisoformat(text).timestamp())]


def neap_trades(result, bars):
    with open(bars, encoding="ascii") as file:
        next(file)
        times = {int(line.split(",", 1)[0]): i for i, line in enumerate(file)}
    return [[bar_index(times, t["entry_time"]), float(t["entry_price"]), bar_index(times, t["exit_time"]),
             float(t["exit_price"]), float(t["quantity"])] for t in result["trades"] if t.get("exit_time")]


def assert_equal(name, got, wanted):
    """Each trade is [entry bar, entry price, exit bar, exit price, size]: all five must be equal, and the count."""
    for i, (ours, theirs) in enumerate(zip(got, wanted)):
        if ours != theirs:
            sys.exit(f"bench/run: trade {i} differs: {name} {ours}, backtesting.py {theirs}")
    if len(got) != len(wanted):
        sys.exit(f"bench/run: {name} made {len(got)} trades, backtesting.py {len(wanted)}")


def start_up(rounds=40):
    """Milliseconds, least and median, of `neap version` and of the bare interpreter, taken in turns."""
    commands = {"neap version": [ROOT / "neap", "version"], "lua5.4 -e ''": ["lua5.4", "-e", ""]}
    times = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(measure(command)[0] * 1000)
    return {name: (min(taken), statistics.median(taken)) for name, taken in times.items()}


def print_programs(bars, costs):
    print(f"\n{'program':16} {'seconds':>9} {'bars/s':>12} {'peak MB':>8}")
    for name, (seconds, megabytes) in costs.items():
        print(f"{name:16} {seconds:9.2f} {bars / seconds:12,.0f} {megabytes:8.0f}")
    for peer in PEERS:
        if "Neap" in costs:
            print(f"Neap / {peer}: {costs[peer][0] / costs['Neap'][0]:,.0f} times as fast")


def print_stages(bars, stages):
    """Each stage is a strategy that does one thing more than the one before it."""
    print(f"\n{'stage of Neap':28} {'ns per bar':>10} {'seconds in all':>15}")
    before = 0.0
    for name, (seconds, _) in stages:
        print(f"{name:28} {(seconds - before) / bars * 1e9:10.0f} {seconds:15.3f}")
        before = seconds


def measure_neap(arguments, bars, peer_trades):
    stages = []
    for name, strategy in STAGES:
        cost, result = run_neap(strategy, arguments.work, bars, arguments.repeat)
        stages.append((name, cost))
    assert_equal("Neap", neap_trades(result, bars), peer_trades)
    return stages


def print_limiter(bars, repeat):
    """The same strategies with and without the time limit, in turns."""
    paths = {"LUA_PATH_5_4": f"{ROOT}/lua/?.lua;{ROOT}/lua/?/init.lua;;", "LUA_CPATH_5_4": f"{ROOT}/build/release/?.so;;"}
    subprocess.run(["lua5.4", BENCH / "limiter.lua", bars, str(2 * repeat + 1)], cwd=ROOT, check=True,
                   env={**os.environ, **paths})


def main():
    arguments = parse_arguments()
    bars = make_bars(arguments.work, arguments.bars)
    costs, trades = {}, {}
    for name in PEERS:
        costs[name], trades[name] = run_peer(name, arguments.work, bars)
    assert_equal("backtrader", trades["backtrader"], trades["backtesting.py"])
    stages = []
    if not arguments.peers_only:
        stages = measure_neap(arguments, bars, trades["backtesting.py"])
        costs = {"Neap": stages[-1][1], **costs}
    count = len(trades["backtrader"])
    print(f"{arguments.bars} bars, SMA 20/100, fee 0.1 %: {count} trades, equal in {', '.join(costs)}")
    print_programs(arguments.bars, costs)
    if stages:
        print_stages(arguments.bars, stages)
        sys.stdout.flush()
        print_limiter(bars, arguments.repeat)
        for name, (least, median) in start_up().items():
            print(f"{name}: {least:.1f} ms least, {median:.1f} ms median")


main()
