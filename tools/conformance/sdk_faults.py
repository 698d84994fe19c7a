# SPDX-License-Identifier: MIT
"""What a client meets on a bad day: faults that are planned while it runs."""
import contextlib
import json
from decimal import Decimal

import requests
from checks import check, equal, refused, wait_for
from sdk_clients import ME, OTHER, READY, cancel, client, fresh, order, placed
from sdk_streams import Listener


@contextlib.contextmanager
def fault(text):
    """In force within the block."""
    made = requests.post(READY["admin"] + "faults", json={"fault": text}, verify=READY["cert"], timeout=20).json()
    try:
        yield made["id"]
    finally:
        requests.delete(f"{READY['admin']}faults/{made['id']}", verify=READY["cert"], timeout=20)


def named(client_order_id):
    return [o for o in ME.list_orders(limit=50).orders if o.client_order_id == client_order_id]


def limit(client_order_id, whose=ME):
    return whose.limit_order_gtc_buy(client_order_id, "ETH-USD", "0.01", "1000.00")


@check
def rate_limited():
    """429: the SDK raises it"""
    with fault("rate_limited:path=/accounts"):
        refused(ME.get_accounts, "429")
    ME.get_accounts()


@check
def server_trouble():
    """500, 502, 503: the SDK raises them, and goes on afterwards"""
    for kind, code in (("server_error", "500"), ("bad_gateway", "502"), ("unavailable", "503")):
        with fault(kind + ":path=/accounts"):
            refused(ME.get_accounts, code)
    ME.get_accounts()


@check
def request_lost():
    """a request that is lost: no order came of it"""
    name = fresh()
    with fault("request_lost:method=POST,path=/orders,count=1"):
        refused(lambda: limit(name), "", requests.ConnectionError)
    equal(named(name), [])


@check
def answer_lost():
    """an answer that is lost: the order is there, and asking again with its id doubles nothing"""
    name = fresh()
    with fault("answer_lost:method=POST,path=/orders,count=1"):
        refused(lambda: limit(name), "", requests.ConnectionError)
    first = wait_for(lambda: named(name))
    equal(placed(limit(name)), first[0].order_id)
    equal(len(named(name)), 1)
    cancel(first[0].order_id)


@check
def answer_never():
    """a time-out after acceptance: the order is there"""
    name, hasty = fresh(), client(0)
    hasty.timeout = 1
    with fault("answer_never:method=POST,path=/orders,count=1"):
        refused(lambda: limit(name, hasty), "", requests.Timeout)
    cancel(wait_for(lambda: named(name))[0].order_id)


@check
def answer_cut():
    """an answer that is cut: the order is there"""
    name = fresh()
    with fault("answer_cut:method=POST,path=/orders,count=1"):
        refused(lambda: limit(name), "", requests.RequestException)
    cancel(wait_for(lambda: named(name))[0].order_id)


@check
def partial_then_cancel():
    """an order that is partly filled and then cancelled by the venue"""
    with fault("partial_then_cancel:product=ETH-USD"):
        placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.02", "2000.00"))
        mine = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.05", "2000.00"))
        found = wait_for(lambda: (o := order(mine)).status == "CANCELLED" and o)
    equal(Decimal(found.filled_size), Decimal("0.02"))


@check
def maintenance():
    """maintenance: cancel-only refuses orders and takes cancels"""
    resting = placed(limit(fresh()))
    with fault("cancel_only:product=ETH-USD"):
        answer = wait_for(lambda: (a := limit(fresh())).success is False and a)
        assert answer.error_response, answer.to_dict()
        equal(cancel(resting), [True])


@check
def clock_skew():
    """a venue whose clock is off: 401, until it is right again"""
    with fault("clock_skew:time=10m"):
        refused(ME.get_accounts, "401")
    ME.get_accounts()


@check
def reconnects():
    """a socket that is reset: the SDK connects again, subscribes again and gets a snapshot"""
    with Listener() as heard:
        heard.ws.level2(["BTC-USD"])
        heard.first("l2_data")
        with fault("socket_reset:channel=level2,count=1"):
            wait_for(lambda: [f["events"][0]["type"] for f in heard.of("l2_data")].count("snapshot") >= 2, 40)


@check
def gap():
    """a frame that is lost shows as a gap of the sequence"""
    with Listener() as heard:
        heard.ws.level2(["BTC-USD"])
        heard.first("l2_data")
        with fault("frame_lost:channel=level2,count=1"):

            def has_gap():
                numbers = [f["sequence_num"] for f in list(heard.frames)]
                return any(b > a + 1 for a, b in zip(numbers, numbers[1:]))

            wait_for(has_gap)


@check
def refused_subscription():
    """a subscription that is refused: an error frame"""
    with fault("subscribe_refused:channel=ticker"), Listener() as heard:
        heard.ws.ticker(["BTC-USD"])
        told = wait_for(lambda: [f for f in heard.frames if f.get("type") == "error"])
        equal(json.loads(json.dumps(told[0]))["message"], "authentication failure")
