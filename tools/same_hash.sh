#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same run by gcc -O0, gcc -O2 and clang, each twice and by both engines: the whole answer must be the same, byte for byte.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

work=build/same_hash
mkdir -p "$work"

# Hourly candles of a seeded walk; whole numbers, so that no float decides.
lua5.4 - >"$work/BTC-USD_1h.csv" <<'LUA'
local seed, price = 20240801, 6000000
local function below(n)
  seed = (seed * 6364136223846793005 + 1442695040888963407)
  return (seed >> 33) % n
end
local function text(cents) return ("%d.%02d"):format(cents // 100, cents % 100) end
print "time,open,high,low,close,volume"
for bar = 0, 19999 do
  local open = price
  price = math.max(100000, price + below(40001) - 20000)
  local high, low = math.max(open, price) + below(10000), math.min(open, price) - below(10000)
  print(("%d,%s,%s,%s,%s,%d.%03d"):format(1704067200 + bar * 3600, text(open), text(high), text(low), text(price),
    below(500), below(1000)))
end
LUA

moving_averages="strategies/ma_cross.lua --param fast=10 --param slow=40 --param fraction=0.5"
uses_everything=spec/support/uses_everything.lua

backtest() { # BUILD ENGINE STRATEGY AND PARAMETERS
  LUA_PATH_5_4="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;" LUA_CPATH_5_4="$PWD/$1/?.so;;" lua5.4 lua/neap/cli/main.lua \
    backtest ${*:3} --data "BTC-USD=$work/BTC-USD_1h.csv" --cash 10000 --fee-bps 10 --slippage-bps 5 --engine "$2" --json --quiet
}

# The answer of each build, twice, beside the first one of all.
compare() { # BUILD ENGINE NAME STRATEGY AND PARAMETERS
  local answer=$work/$1-$2-$3 time
  first=$work/gcc-debug-$2-$3-1.json
  for time in 1 2; do
    backtest "build/$1" "$2" "${@:4}" >"$answer-$time.json"
    grep -qE '"trades": ?\[ ?\{' "$answer-$time.json" || { echo "$answer-$time.json has no trade"; exit 1; }
    cmp "$first" "$answer-$time.json" || { echo "$1, $2, $3, run $time differs from $first"; exit 1; }
  done
}

for preset in gcc-debug release clang; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --target neap >/dev/null
  for engine in live advanced; do
    compare "$preset" "$engine" averages $moving_averages
    compare "$preset" "$engine" everything $uses_everything
  done
done
for first in "$work"/gcc-debug-*-1.json; do
  grep -oE '"event_hash": ?"[0-9a-f]+"' "$first" || { echo "no event_hash in $first"; exit 1; }
done
