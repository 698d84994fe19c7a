# SPDX-License-Identifier: MIT
"""Products, market data and accounts."""
import json
from decimal import Decimal

from checks import check, equal, refused, wait_for
from coinbase.rest import RESTClient
from sdk_clients import HOST, ME, READY, fresh, other_secret


@check
def time_of_the_venue():
    """get_unix_time: seconds and milliseconds agree"""
    told = ME.get_unix_time()
    equal(int(told.epoch_millis) // 1000, int(told.epoch_seconds))


@check
def public_without_key():
    """public products, product, book, candles and trades without a key"""
    bare = RESTClient(api_key=None, api_secret=None, base_url=HOST, timeout=20)
    bare.session.trust_env, bare.session.verify = False, READY["cert"]
    assert bare.get_public_products(limit=3).num_products == 3
    equal(bare.get_public_product("BTC-USD").product_id, "BTC-USD")
    assert bare.get_public_product_book("BTC-USD", limit=5).pricebook.bids
    assert bare.get_public_market_trades("BTC-USD", limit=5).trades is not None
    end = int(ME.get_unix_time().epoch_seconds)
    assert bare.get_public_candles("BTC-USD", str(end - 3600), str(end), "ONE_MINUTE").candles is not None


@check
def signed_without_key():
    """a signed path without a key is 401"""
    bare = RESTClient(api_key="organizations/o/apiKeys/nobody", api_secret=other_secret(), base_url=HOST, timeout=20)
    bare.session.trust_env, bare.session.verify = False, READY["cert"]
    refused(bare.get_accounts, "401")


@check
def wrong_signature():
    """a known key's name with another's signature is 401"""
    name = json.load(open(READY["keys"][0], encoding="utf-8"))["name"]
    forged = RESTClient(api_key=name, api_secret=other_secret(), base_url=HOST, timeout=20)
    forged.session.trust_env, forged.session.verify = False, READY["cert"]
    refused(forged.get_accounts, "Unauthorized")


@check
def products():
    """get_products: by type, by id, by page"""
    every = ME.get_products(get_all_products=True).products
    assert len(every) > 5
    equal(sorted(p.product_id for p in ME.get_products(product_ids=["ETH-USD", "BTC-USD"]).products),
          ["BTC-USD", "ETH-USD"])
    assert all(p.product_type == "SPOT" for p in ME.get_products().products)
    assert all(p.product_type == "FUTURE" for p in ME.get_products(product_type="FUTURE").products)
    first, second = ME.get_products(limit=1).products, ME.get_products(limit=1, offset=1).products
    assert first[0].product_id != second[0].product_id


@check
def product():
    """get_product: increments and flags"""
    told = ME.get_product("BTC-USD")
    equal((told.price_increment, told.quote_increment, told.base_increment), ("0.01", "0.01", "0.00000001"))
    assert told.is_disabled is False and told.status == "online" and told.alias_to == ["BTC-USDC"]
    assert Decimal(told.price) > 0


@check
def unknown_product():
    """get_product: an unknown one is 404"""
    refused(lambda: ME.get_product("NOPE-USD"), "404")


@check
def product_book():
    """get_product_book: best first, never crossed, as many as asked for"""
    book = ME.get_product_book("BTC-USD", limit=10).pricebook
    bids, asks = [Decimal(b.price) for b in book.bids], [Decimal(a.price) for a in book.asks]
    equal((bids, asks), (sorted(bids, reverse=True), sorted(asks)))
    assert len(bids) == 10 == len(asks) and bids[0] < asks[0]


@check
def best_bid_ask():
    """get_best_bid_ask: one book per product"""
    books = ME.get_best_bid_ask(product_ids=["BTC-USD", "ETH-USD"]).pricebooks
    equal(sorted(b.product_id for b in books), ["BTC-USD", "ETH-USD"])


@check
def market_trades():
    """get_market_trades: newest first, the best bid and ask beside"""
    wait_for(lambda: len(ME.get_market_trades("BTC-USD", limit=100).trades) > 2)
    told = ME.get_market_trades("BTC-USD", limit=3)
    times = [t.time for t in told.trades]
    equal(times, sorted(times, reverse=True))
    assert Decimal(told.best_bid) < Decimal(told.best_ask)


@check
def candles():
    """get_candles: newest first, of the granularity that was asked for"""
    end = int(ME.get_unix_time().epoch_seconds)
    told = wait_for(lambda: ME.get_candles("BTC-USD", str(end - 3600), str(end + 60), "ONE_MINUTE").candles)
    starts = [int(c.start) for c in told]
    equal(starts, sorted(starts, reverse=True))
    assert all(s % 60 == 0 for s in starts) and Decimal(told[0].low) <= Decimal(told[0].high)


@check
def too_many_candles():
    """get_candles: over 350 are refused with the venue's words"""
    end = int(ME.get_unix_time().epoch_seconds)
    refused(lambda: ME.get_candles("BTC-USD", str(end - 60 * 400), str(end), "ONE_MINUTE"), "350")


@check
def accounts():
    """get_accounts: pages give each once"""
    whole = ME.get_accounts(limit=250)
    ids, cursor = [], None
    while True:
        page = ME.get_accounts(limit=1, cursor=cursor) if cursor else ME.get_accounts(limit=1)
        ids += [a["uuid"] for a in page.accounts]
        if not page.has_next:
            break
        cursor = page.cursor
    equal(ids, [a["uuid"] for a in whole.accounts])


@check
def account():
    """get_account: one by its uuid; an unknown one is 404"""
    first = ME.get_accounts().accounts[0]
    equal(ME.get_account(first["uuid"]).account["currency"], first["currency"])
    refused(lambda: ME.get_account(fresh()), "404")


@check
def permissions():
    """get_api_key_permissions"""
    told = ME.get_api_key_permissions()
    assert told.can_view and told.can_trade and told.portfolio_uuid


@check
def fee_tier():
    """get_transaction_summary: the entry tier"""
    told = ME.get_transaction_summary()
    assert Decimal(told.fee_tier["taker_fee_rate"]) >= Decimal(told.fee_tier["maker_fee_rate"]) > 0


@check
def payment_methods():
    """list_payment_methods, get_payment_method"""
    every = ME.list_payment_methods().payment_methods
    if every:
        equal(ME.get_payment_method(every[0]["id"]).payment_method["id"], every[0]["id"])
