# SPDX-License-Identifier: MIT
"""Orders of every kind, their lists and fills; portfolios, conversions, futures."""
from decimal import Decimal

from checks import check, equal, refused, wait_for
from sdk_clients import ME, OTHER, balance, cancel, fresh, later, order, placed, reason, status


@check
def limit_rests_and_holds():
    """limit_order_gtc_buy: rests, holds price × size and the fee, and gives it back when it is cancelled"""
    before = balance("USD")
    order_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.5", "1000.00"))
    found = status(order_id, "OPEN")
    equal((found.side, found.order_type, found.time_in_force), ("BUY", "LIMIT", "GOOD_UNTIL_CANCELLED"))
    available, hold = balance("USD")
    equal(available + hold, sum(before))
    assert Decimal(500) < hold - before[1] < Decimal(510)
    equal(cancel(order_id), [True])
    status(order_id, "CANCELLED")
    equal(balance("USD"), before)


@check
def maker_and_taker():
    """two accounts trade: price of the maker, fees of both tiers, balances to the last digit"""
    eth, usd = balance("ETH"), balance("USD")
    sell = placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.25", "2000.00"))
    buy = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.25", "2100.00"))
    mine = status(buy, "FILLED")
    equal(Decimal(mine.average_filled_price), Decimal(2000))
    equal(Decimal(status(sell, "FILLED", OTHER).filled_size), Decimal("0.25"))
    equal(balance("ETH")[0] - eth[0], Decimal("0.25"))
    equal(usd[0] - balance("USD")[0], Decimal(500) + Decimal(mine.total_fees))
    fills = ME.get_fills(order_ids=[buy]).fills
    equal([f["liquidity_indicator"] for f in fills], ["TAKER"])
    equal([f["liquidity_indicator"] for f in OTHER.get_fills(order_ids=[sell]).fills], ["MAKER"])


@check
def market_by_quote():
    """market_order_buy by quote_size: the fee is inside the amount"""
    found = status(placed(ME.market_order_buy(fresh(), "BTC-USD", quote_size="100")), "FILLED")
    total = Decimal(found.total_value_after_fees)
    assert Decimal("99.9") < total <= Decimal(100), total
    equal(Decimal(found.filled_value) + Decimal(found.total_fees), total)
    assert found.size_in_quote is True


@check
def market_by_base():
    """market_order_sell by base_size"""
    found = status(placed(ME.market_order_sell(fresh(), "BTC-USD", base_size="0.001")), "FILLED")
    equal(Decimal(found.filled_size), Decimal("0.001"))
    equal(found.order_type, "MARKET")


@check
def immediate_or_cancel():
    """limit_order_ioc_buy: what is not got is cancelled"""
    found = wait_for(lambda: (o := order(placed_ioc())).status in ("CANCELLED", "EXPIRED") and o)
    equal(Decimal(found.filled_size), Decimal(0))


def placed_ioc(cache={}):  # pylint: disable=dangerous-default-value
    if "id" not in cache:
        cache["id"] = placed(ME.limit_order_ioc_buy(fresh(), "ETH-USD", "0.1", "1000.00"))
    return cache["id"]


@check
def fill_or_kill():
    """limit_order_fok_buy: filled as a whole or not at all"""
    sell = placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.1", "2000.00"))
    killed = placed(ME.limit_order_fok_buy(fresh(), "ETH-USD", "0.2", "2000.00"))
    wait_for(lambda: order(killed).status in ("CANCELLED", "EXPIRED", "FAILED"))
    equal(Decimal(order(killed).filled_size), Decimal(0))
    status(placed(ME.limit_order_fok_buy(fresh(), "ETH-USD", "0.1", "2000.00")), "FILLED")
    status(sell, "FILLED", OTHER)


@check
def good_till_date():
    """limit_order_gtd_buy: ends at its time"""
    order_id = placed(ME.limit_order_gtd_buy(fresh(), "ETH-USD", "0.1", "1000.00", later(seconds=2)))
    equal(order(order_id).time_in_force, "GOOD_UNTIL_DATE_TIME")
    status(order_id, "EXPIRED")


@check
def good_till_the_past():
    """limit_order_gtd_buy: an end in the past is refused"""
    told = reason(ME.limit_order_gtd_buy(fresh(), "ETH-USD", "0.1", "1000.00", "2020-01-01T00:00:00Z"))
    assert "END_TIME" in told or "TIME" in told, told


@check
def post_only():
    """limit_order_gtc_buy post_only: refused where it would take"""
    sell = placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.1", "2000.00"))
    told = reason(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "2000.00", post_only=True))
    assert "POST_ONLY" in told, told
    equal(cancel(sell, whose=OTHER), [True])


@check
def stop_limit():
    """stop_limit_order_gtc_buy: waits for the last trade, then is a limit order"""
    trade_at("1950.00")
    order_id = placed(ME.stop_limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "1960.00", "1955.00",
                                                  "STOP_DIRECTION_STOP_UP"))
    found = status(order_id, "OPEN")
    equal((found.order_type, found.trigger_status), ("STOP_LIMIT", "STOP_PENDING"))
    trade_at("1956.00")
    wait_for(lambda: order(order_id).trigger_status == "STOP_TRIGGERED")
    equal(cancel(order_id), [True])


def trade_at(price):
    placed(OTHER.limit_order_gtc_sell(fresh(), "ETH-USD", "0.01", price))
    status(placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", price)), "FILLED")


@check
def stop_on_the_wrong_side():
    """stop_limit_order_gtc_sell: a stop above the market that shall go down is refused"""
    trade_at("1950.00")
    told = reason(ME.stop_limit_order_gtc_sell(fresh(), "ETH-USD", "0.1", "1990.00", "2000.00",
                                               "STOP_DIRECTION_STOP_DOWN"))
    assert "STOP_PRICE" in told, told


@check
def stop_limit_gtd():
    """stop_limit_order_gtd_sell: ends at its time, and gives the holding back"""
    before = balance("ETH")
    order_id = placed(ME.stop_limit_order_gtd_sell(fresh(), "ETH-USD", "0.1", "1000.00", "1100.00", later(seconds=2),
                                                   "STOP_DIRECTION_STOP_DOWN"))
    status(order_id, "EXPIRED")
    equal(balance("ETH"), before)


@check
def bracket():
    """trigger_bracket_order_gtc_sell: the target fills it"""
    trade_at("1950.00")
    order_id = placed(ME.trigger_bracket_order_gtc_sell(fresh(), "ETH-USD", "0.1", "1980.00", "1900.00"))
    equal(status(order_id, "OPEN").order_type, "BRACKET")
    placed(OTHER.limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "1980.00"))
    equal(Decimal(status(order_id, "FILLED").average_filled_price), Decimal(1980))


@check
def bracket_gtd():
    """trigger_bracket_order_gtd_sell: ends at its time"""
    order_id = placed(ME.trigger_bracket_order_gtd_sell(fresh(), "ETH-USD", "0.1", "3000.00", "1500.00",
                                                        later(seconds=2)))
    status(order_id, "EXPIRED")


@check
def same_client_order_id():
    """create_order: a used client_order_id is answered with its order, and nothing is doubled"""
    name = fresh()
    first = placed(ME.limit_order_gtc_buy(name, "ETH-USD", "0.1", "1000.00"))
    equal(placed(ME.limit_order_gtc_buy(name, "ETH-USD", "0.1", "1000.00")), first)
    equal([o.order_id for o in ME.list_orders(order_status=["OPEN"], product_ids=["ETH-USD"]).orders].count(first), 1)
    cancel(first)


@check
def no_money():
    """an order that nobody can pay: INSUFFICIENT_FUND, HTTP 200"""
    answer = ME.limit_order_gtc_buy(fresh(), "ETH-USD", "30000", "1000.00")
    assert not answer.success
    assert "INSUFFICIENT_FUND" in (answer.error_response["error"], reason(answer).removeprefix("PREVIEW_"))


@check
def precision():
    """a price or size finer than the product's: INVALID_PRICE_PRECISION, INVALID_SIZE_PRECISION"""
    assert "PRICE_PRECISION" in reason(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "1000.001"))
    assert "SIZE_PRECISION" in reason(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.0000000001", "1000.00"))


@check
def unknown_product_order():
    """an order for a product that is not there"""
    answer = ME.limit_order_gtc_buy(fresh(), "NOPE-USD", "0.1", "1000.00")
    assert "INVALID_PRODUCT_ID" in reason(answer)


@check
def two_configurations():
    """an order with two configurations is refused"""
    both = {"market_market_ioc": {"quote_size": "10"},
            "limit_limit_gtc": {"base_size": "0.1", "limit_price": "1000", "post_only": False}}
    try:
        answer = ME.create_order(fresh(), "ETH-USD", "BUY", both)
        assert not answer.success
    except Exception as error:  # pylint: disable=broad-except
        assert "400" in str(error), error


@check
def edit():
    """edit_order: another price and size, the same id, with its history"""
    order_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "1000.00"))
    assert ME.edit_order(order_id, size="0.2", price="1001.00").success
    found = wait_for(lambda: (o := order(order_id)).order_configuration.limit_limit_gtc["base_size"] == "0.2" and o)
    equal(Decimal(found.order_configuration.limit_limit_gtc["limit_price"]), Decimal(1001))
    equal(len(found.edit_history), 1)
    cancel(order_id)


@check
def edit_of_nothing():
    """edit_order: an unknown order is refused, HTTP 200 or 404"""
    try:
        assert not ME.edit_order(fresh(), size="0.2", price="1001.00").success
    except Exception as error:  # pylint: disable=broad-except
        assert "404" in str(error), error


@check
def edit_preview():
    """preview_edit_order: what it would cost, and nothing happens"""
    order_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.1", "1000.00"))
    told = ME.preview_edit_order(order_id, size="0.2", price="1001.00")
    assert not told.errors and Decimal(told.order_total) > 200
    equal(order(order_id).order_configuration.limit_limit_gtc["base_size"], "0.1")
    cancel(order_id)


@check
def order_preview():
    """preview_market_order_buy: total, fee and no order"""
    before = len(ME.list_orders().orders)
    told = ME.preview_market_order_buy("BTC-USD", quote_size="100")
    equal(told.errs, [])
    assert Decimal(told.commission_total) > 0
    equal(len(ME.list_orders().orders), before)


@check
def refused_preview():
    """preview_limit_order_gtc_buy: errs, HTTP 200"""
    told = ME.preview_limit_order_gtc_buy("ETH-USD", "30000", "1000.00")
    assert any("INSUFFICIENT" in e for e in told.errs), told.errs


@check
def cancel_many():
    """cancel_orders: several in one request, in its order; unknown ones fail alone"""
    ids = [placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", f"{1000 + i}.00")) for i in range(5)]
    unknown = fresh()
    results = ME.cancel_orders(ids[:3] + [unknown] + ids[3:]).results
    equal([r["order_id"] for r in results], ids[:3] + [unknown] + ids[3:])
    equal([r["success"] for r in results], [True, True, True, False, True, True])
    equal(results[3]["failure_reason"], "UNKNOWN_CANCEL_ORDER")


@check
def cancel_twice():
    """cancel_orders: what is over cannot be cancelled"""
    order_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", "1000.00"))
    equal(cancel(order_id), [True])
    status(order_id, "CANCELLED")
    equal(cancel(order_id), [False])


@check
def not_mine():
    """an order of another account is neither seen nor cancelled"""
    theirs = placed(OTHER.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", "1000.00"))
    refused(lambda: ME.get_order(theirs), "404")
    equal(cancel(theirs), [False])
    equal(cancel(theirs, whose=OTHER), [True])


@check
def list_filters():
    """list_orders: by status, product and side"""
    open_id = placed(ME.limit_order_gtc_buy(fresh(), "ETH-USD", "0.01", "1000.00"))
    found = ME.list_orders(order_status=["OPEN"], product_ids=["ETH-USD"], order_side="BUY").orders
    assert open_id in [o.order_id for o in found]
    assert all((o.status, o.product_id, o.side) == ("OPEN", "ETH-USD", "BUY") for o in found)
    assert all(o.status == "FILLED" for o in ME.list_orders(order_status=["FILLED"]).orders)
    cancel(open_id)


@check
def list_pages():
    """list_orders: pages give each order once, newest first"""
    ids, cursor = [], None
    while True:
        page = ME.list_orders(limit=3, cursor=cursor) if cursor else ME.list_orders(limit=3)
        ids += [o.order_id for o in page.orders]
        if not page.has_next:
            break
        cursor = page.cursor
    equal(ids, [o.order_id for o in ME.list_orders().orders])
    equal(len(ids), len(set(ids)))


@check
def fills_pages():
    """get_fills: pages give each fill once"""
    ids, cursor = [], None
    while True:
        page = ME.get_fills(limit=2, cursor=cursor) if cursor else ME.get_fills(limit=2)
        ids += [f["entry_id"] for f in page.fills]
        if not page.cursor or not page.fills:
            break
        cursor = page.cursor
    equal(len(ids), len(set(ids)))
    equal(sorted(ids), sorted(f["entry_id"] for f in ME.get_fills(limit=1000).fills))


@check
def unknown_order():
    """get_order: an unknown one is 404"""
    refused(lambda: ME.get_order(fresh()), "404")


@check
def portfolios():
    """portfolios: made, renamed, shown, filled, emptied, deleted"""
    made = ME.create_portfolio("aside").portfolio
    assert made["uuid"] in [p["uuid"] for p in ME.get_portfolios().portfolios]
    equal(ME.edit_portfolio(made["uuid"], "put aside").portfolio["name"], "put aside")
    home = ME.get_api_key_permissions().portfolio_uuid
    ME.move_portfolio_funds("10", "USD", home, made["uuid"])
    told = ME.get_portfolio_breakdown(made["uuid"]).breakdown
    equal(Decimal(told["portfolio_balances"]["total_cash_equivalent_balance"]["value"]), Decimal(10))
    ME.move_portfolio_funds("10", "USD", made["uuid"], home)
    ME.delete_portfolio(made["uuid"])
    assert made["uuid"] not in [p["uuid"] for p in ME.get_portfolios().portfolios if not p["deleted"]]


@check
def convert():
    """convert: quote, commit, and the money is in the other wallet"""
    wallets = {a["currency"]: a["uuid"] for a in ME.get_accounts(limit=250).accounts}
    before = balance("USDC")[0]
    quote = ME.create_convert_quote(wallets["USD"], wallets["USDC"], "25").trade
    ME.commit_convert_trade(quote["id"], wallets["USD"], wallets["USDC"])
    wait_for(lambda: balance("USDC")[0] > before)
    equal(ME.get_convert_trade(quote["id"], wallets["USD"], wallets["USDC"]).trade["id"], quote["id"])


@check
def futures():
    """futures: balance, positions, sweeps, margin"""
    assert "total_usd_balance" in ME.get_futures_balance_summary().balance_summary.to_dict()
    assert ME.list_futures_positions().positions is not None
    assert ME.schedule_futures_sweep("5").success
    assert ME.list_futures_sweeps().sweeps
    assert ME.cancel_pending_futures_sweep().success
    ME.set_intraday_margin_setting("INTRADAY_MARGIN_SETTING_INTRADAY")
    equal(ME.get_intraday_margin_setting().setting, "INTRADAY_MARGIN_SETTING_INTRADAY")
    assert ME.get_current_margin_window("MARGIN_PROFILE_TYPE_RETAIL_REGULAR").margin_window
