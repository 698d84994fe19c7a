// SPDX-License-Identifier: MIT
// ccxt, as it is published, against `neap exchange`: node ccxt.mjs READY, where READY is the line that the exchange
// printed, with NODE_EXTRA_CA_CERTS set to its certificate. BTC/USD has a market of its own; ETH/USD has none but the
// two accounts of this program.
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import ccxt from 'ccxt';

const ready = JSON.parse(process.argv[2]);

function client(number) {
  const key = JSON.parse(readFileSync(ready.keys[number], 'utf8'));
  const made = new ccxt.pro.coinbase({ apiKey: key.name, secret: key.privateKey, enableRateLimit: false });
  made.urls.api.rest = ready.rest;
  made.urls.api.ws = ready.ws;
  made.options.fetchBalance = 'v3TransactionsAccounts';
  return made;
}

const me = client(0);
const other = client(1);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function waitFor(condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error('it never came');
    await pause(10);
  }
}

const balance = async (code, whose = me) => (await whose.fetchBalance({ v3: true }))[code] ?? { free: 0, used: 0 };

const checks = {
  'loadMarkets: products, currencies, fees and derivatives': async () => {
    const markets = await me.loadMarkets();
    await other.loadMarkets();
    assert.equal(markets['BTC/USD'].precision.price, 0.01);
    assert.equal(markets['BTC/USD'].spot, true);
    assert.ok(Object.values(markets).some((market) => market.contract));
  },
  'fetchTime': async () => {
    assert.ok(Math.abs(await me.fetchTime() - Date.now()) < 60000);
  },
  'fetchTicker': async () => {
    const ticker = await waitFor(async () => (await me.fetchTicker('BTC/USD')).last && me.fetchTicker('BTC/USD'));
    assert.ok(ticker.bid < ticker.ask);
  },
  'fetchOrderBook: sorted, never crossed': async () => {
    const book = await me.fetchOrderBook('BTC/USD', 20);
    assert.ok(book.bids.length > 0 && book.bids[0][0] < book.asks[0][0]);
  },
  'fetchTrades: the taker\'s side, where the venue tells the maker\'s': async () => {
    const trades = await me.fetchTrades('BTC/USD', undefined, 10);
    assert.ok(trades.length > 0 && ['buy', 'sell'].includes(trades[0].side));
  },
  'fetchOHLCV': async () => {
    const bars = await waitFor(async () => {
      const found = await me.fetchOHLCV('BTC/USD', '1m', Date.now() - 600000, 10);
      return found.length > 0 && found;
    });
    assert.ok(bars[0][2] >= bars[0][3]);
  },
  'fetchBalance: free and used': async () => {
    assert.ok((await balance('USD')).free > 0);
  },
  'createOrder limit: rests, holds, is listed, and is cancelled': async () => {
    const before = (await balance('USD')).used;
    const order = await me.createOrder('ETH/USD', 'limit', 'buy', 0.5, 1000);
    assert.ok((await balance('USD')).used - before > 499);
    const open = await me.fetchOpenOrders('ETH/USD');
    assert.ok(open.some((found) => found.id === order.id));
    await me.cancelOrder(order.id, 'ETH/USD');
    await waitFor(async () => (await me.fetchOrder(order.id, 'ETH/USD')).status === 'canceled');
    assert.equal((await balance('USD')).used, before);
  },
  'two accounts trade: maker and taker, amount and cost': async () => {
    await other.createOrder('ETH/USD', 'limit', 'sell', 0.25, 2000);
    const order = await me.createOrder('ETH/USD', 'limit', 'buy', 0.25, 2100);
    const filled = await waitFor(async () => {
      const found = await me.fetchOrder(order.id, 'ETH/USD');
      return found.status === 'closed' && found;
    });
    assert.deepEqual([filled.filled, filled.average, filled.cost], [0.25, 2000, 500]);
    const trades = await me.fetchMyTrades('ETH/USD', undefined, 5);
    assert.equal(trades[trades.length - 1].takerOrMaker, 'taker');
  },
  'createOrder market: a cost in quote': async () => {
    const order = await me.createMarketBuyOrderWithCost('BTC/USD', 100);
    await waitFor(async () => (await me.fetchOrder(order.id, 'BTC/USD')).status === 'closed');
  },
  'createOrder post-only that would take: refused': async () => {
    const resting = await other.createOrder('ETH/USD', 'limit', 'sell', 0.1, 2000);
    await assert.rejects(me.createOrder('ETH/USD', 'limit', 'buy', 0.1, 2000, { postOnly: true }));
    await other.cancelOrder(resting.id, 'ETH/USD');
  },
  'createOrder without money: InsufficientFunds': async () => {
    await assert.rejects(me.createOrder('ETH/USD', 'limit', 'buy', 30000, 1000), ccxt.InsufficientFunds);
  },
  'createOrder stop: waits': async () => {
    const order = await me.createOrder('ETH/USD', 'limit', 'sell', 0.1, 1000, { stopLossPrice: 1100 });
    assert.equal((await me.fetchOrder(order.id, 'ETH/USD')).status, 'open');
    await me.cancelOrder(order.id, 'ETH/USD');
  },
  'editOrder: another price': async () => {
    const order = await me.createOrder('ETH/USD', 'limit', 'buy', 0.1, 1000);
    await me.editOrder(order.id, 'ETH/USD', 'limit', 'buy', 0.1, 1001);
    await waitFor(async () => (await me.fetchOrder(order.id, 'ETH/USD')).price === 1001);
    await me.cancelOrder(order.id, 'ETH/USD');
  },
  'cancelOrders: several at once': async () => {
    const ids = [];
    for (let i = 0; i < 3; i += 1) ids.push((await me.createOrder('ETH/USD', 'limit', 'buy', 0.01, 1000 + i)).id);
    await me.cancelOrders(ids, 'ETH/USD');
    await waitFor(async () => (await me.fetchOpenOrders('ETH/USD')).every((order) => !ids.includes(order.id)));
  },
  'cancelOrder of an unknown order: refused': async () => {
    await assert.rejects(me.cancelOrder('6647d29e-5411-45d6-b376-06310b8f3cdd', 'ETH/USD'));
  },
  'fetchOrder of an unknown order: refused': async () => {
    await assert.rejects(me.fetchOrder('6647d29e-5411-45d6-b376-06310b8f3cdd', 'ETH/USD'));
  },
  'fetchPortfolios, fetchAccounts': async () => {
    assert.ok((await me.fetchPortfolios()).length > 0);
  },
  'fetchTradingFees': async () => {
    assert.ok((await me.fetchTradingFees())['BTC/USD'].taker > 0);
  },
  'watchOrderBook: the book of the stream': async () => {
    const book = await me.watchOrderBook('BTC/USD');
    assert.ok(book.bids.length > 0 && book.bids[0][0] < book.asks[0][0]);
  },
  'watchTicker, watchTrades': async () => {
    assert.equal((await me.watchTicker('BTC/USD')).symbol, 'BTC/USD');
    assert.ok((await me.watchTrades('BTC/USD')).length > 0);
  },
  'watchOrders: an order from its acceptance to its end': async () => {
    const heard = me.watchOrders('ETH/USD');
    await pause(500); // ccxt subscribes in the background and does not say when it has
    const order = await me.createOrder('ETH/USD', 'limit', 'buy', 0.01, 1000);
    const told = await heard;
    assert.ok(told.some((found) => found.id === order.id));
    await me.cancelOrder(order.id, 'ETH/USD');
  },
  'a key that nobody knows: AuthenticationError': async () => {
    const stranger = client(0);
    stranger.apiKey = 'organizations/o/apiKeys/nobody';
    await assert.rejects(stranger.fetchBalance({ v3: true }), ccxt.AuthenticationError);
  },
};

let failed = 0;
await me.loadHttpProxyAgent();
await other.loadHttpProxyAgent();
for (const [name, run] of Object.entries(checks)) {
  try {
    await run();
    console.log(`ok      ccxt: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ccxt: ${name}`);
    console.log(String(error.stack ?? error).split('\n').slice(0, 6).join('\n').slice(0, 800));
  }
}
await me.close();
await other.close();
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
