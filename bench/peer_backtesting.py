# SPDX-License-Identifier: MIT
"""The bench strategy in backtesting.py: peer_backtesting.py BARS.csv TRADES.json CASH FEE"""
import json
import sys

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover


def average(close, period):
    return pd.Series(close).rolling(period).mean()


class Cross(Strategy):
    def init(self):
        self.fast = self.I(average, self.data.Close, 20)
        self.slow = self.I(average, self.data.Close, 100)

    def next(self):
        if not self.position and crossover(self.fast, self.slow):
            self.buy(size=1)
        elif self.position and crossover(self.slow, self.fast):
            self.position.close()


def main(path, out, cash, fee):
    data = pd.read_csv(path, index_col="time")
    data.index = pd.to_datetime(data.index, unit="s")
    data.columns = [name.capitalize() for name in data.columns]
    result = Backtest(data, Cross, cash=float(cash), commission=float(fee)).run()
    trades = [
        [int(t.EntryBar), float(t.EntryPrice), int(t.ExitBar), float(t.ExitPrice), float(t.Size)]
        for t in result["_trades"].itertuples()
    ]
    with open(out, "w", encoding="ascii") as file:
        json.dump(trades, file)


main(*sys.argv[1:])
