# SPDX-License-Identifier: MIT
"""The streams."""
import json
from decimal import Decimal

from checks import check, equal, wait_for
from coinbase.websocket import WSClient, WSUserClient
from coinbase.websocket.types.websocket_response import WebsocketResponse
from sdk_clients import ME, OTHER, READY, cancel, fresh, other_secret, placed


class Listener:
    """A socket of the SDK's, and what it heard."""

    def __init__(self, kind=WSClient, number=0, **options):
        self.frames = []
        self.ws = kind(key_file=READY["keys"][number], base_url=READY["ws"], timeout=20,
                       on_message=lambda text: self.frames.append(json.loads(text)), **options)
        self.ws.open()

    def of(self, channel):
        return [f for f in self.frames if f.get("channel") == channel]

    def first(self, channel):
        return wait_for(lambda: self.of(channel))[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ws.close()


@check
def level2():
    """level2: a snapshot first, then changes, and the book that they make is the venue's"""
    with Listener() as heard:
        heard.ws.level2(["BTC-USD"])
        equal(heard.first("l2_data")["events"][0]["type"], "snapshot")
        wait_for(lambda: len(heard.of("l2_data")) > 3)
        book = {"bid": {}, "offer": {}}
        for frame in list(heard.of("l2_data")):
            for event in frame["events"]:
                for change in event["updates"]:
                    side = book[change["side"]]
                    side[Decimal(change["price_level"])] = Decimal(change["new_quantity"])
        bids = [p for p, q in book["bid"].items() if q]
        asks = [p for p, q in book["offer"].items() if q]
        assert bids and asks and max(bids) < min(asks)


@check
def sequence():
    """one sequence over all channels of a connection, from 0, without a gap"""
    with Listener() as heard:
        heard.ws.level2(["BTC-USD"])
        heard.ws.market_trades(["BTC-USD"])
        heard.ws.heartbeats()
        heard.first("heartbeats")
        wait_for(lambda: len(heard.frames) > 12)
        numbers = [f["sequence_num"] for f in list(heard.frames)]
        equal(numbers, list(range(len(numbers))))


@check
def typed_reader():
    """the SDK's typed reader takes every frame"""
    with Listener() as heard:
        heard.ws.ticker(["BTC-USD"])
        heard.ws.candles(["BTC-USD"])
        heard.ws.status(["BTC-USD"])
        for channel in ("ticker", "candles", "status"):
            equal(WebsocketResponse(heard.first(channel)).channel, channel)


@check
def ticker_batch():
    """ticker_batch: without best bid and ask"""
    with Listener() as heard:
        heard.ws.ticker_batch(["BTC-USD"])
        told = heard.first("ticker_batch")["events"][0]["tickers"][0]
        equal(told["product_id"], "BTC-USD")
        assert "best_bid" not in told


@check
def unsubscribe():
    """unsubscribe: the channel is not in the next acknowledgement"""
    with Listener() as heard:
        heard.ws.ticker(["BTC-USD"])
        heard.ws.market_trades(["BTC-USD"])
        wait_for(lambda: len(heard.of("subscriptions")) == 2)
        heard.ws.ticker_unsubscribe(["BTC-USD"])
        wait_for(lambda: len(heard.of("subscriptions")) == 3)
        assert "ticker" not in heard.of("subscriptions")[-1]["events"][0]["subscriptions"]


@check
def user_channel():
    """user: an order from its acceptance to its fill, cumulative"""
    with Listener(WSUserClient) as heard:
        heard.ws.user(["ETH-USD"])
        equal(heard.first("user")["events"][0]["type"], "snapshot")
        placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.02", "2000.00"))
        order_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.05", "2000.00"))

        def told():
            return [o for f in heard.of("user") for e in f["events"] for o in e["orders"] if o["order_id"] == order_id]

        wait_for(lambda: any(o["cumulative_quantity"] == "0.02" for o in told()))
        cancel(order_id)
        wait_for(lambda: told()[-1]["status"] == "CANCELLED")
        quantities = [Decimal(o["cumulative_quantity"]) for o in told()]
        equal(quantities, sorted(quantities))


@check
def user_sees_himself_only():
    """user: nobody hears of another's orders"""
    with Listener(WSUserClient) as heard, Listener(WSUserClient, 1) as theirs:
        heard.ws.user(["ETH-USD"])
        theirs.ws.user(["ETH-USD"])
        heard.first("user")
        theirs.first("user")
        order_id = placed(OTHER.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", "1000.00"))
        wait_for(lambda: order_id in json.dumps(theirs.of("user")))
        cancel(order_id, whose=OTHER)
        wait_for(lambda: "CANCELLED" in json.dumps(theirs.of("user")))
        assert order_id not in json.dumps(heard.frames)


@check
def user_without_key():
    """user: a wrong key hears an authentication failure"""
    name = json.load(open(READY["keys"][0], encoding="utf-8"))["name"]
    frames = []
    ws = WSUserClient(api_key=name, api_secret=other_secret(), base_url=READY["ws"], timeout=20,
                      on_message=lambda text: frames.append(json.loads(text)), retry=False)
    ws.open()
    ws.user(["ETH-USD"])
    wait_for(lambda: [f for f in frames if f.get("type") == "error"])
    ws.close()


@check
def futures_balance():
    """futures_balance_summary: plain strings"""
    with Listener(WSUserClient) as heard:
        heard.ws.futures_balance_summary()
        told = heard.first("futures_balance_summary")["events"][0]["fcm_balance_summary"]
        assert all(isinstance(v, (str, dict)) for v in told.values())
