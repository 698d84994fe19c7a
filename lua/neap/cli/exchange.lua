-- SPDX-License-Identifier: MIT
-- neap exchange: the local venue.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local exchange = {
  summary = "Runs a local Coinbase: REST and WebSocket over TLS, with money that is nobody's.",
  usage = "neap exchange [--listen 127.0.0.1:0] [--state DIR] [--seed N] [--flags]",
  doc = "Prints one line of JSON when it is ready: rest, ws, admin, cert, key_file, keys. SIGINT and SIGTERM end\n" ..
    "it. Without --state, what it holds is gone with it. See docs/guide/local_exchange.md.",
  flags = {
    { "listen", value = "HOST:PORT", doc = "a loopback address; port 0: a free one (default 127.0.0.1:0)" },
    { "state", value = "DIR", doc = "keys, certificate and all that happened; it goes on from there" },
    { "seed", value = "N", kind = "integer", min = 0, doc = "of ids and of the market (default 1)" },
    { "products", value = "FILE", doc = "a products answer of the venue; default a small list of our own" },
    { "market", value = "TEXT", many = true,
      doc = "[PRODUCT=]generated:levels=…,volatility=… or none, or of --from candles:from=…; default generated" },
    { "from", value = "FILE", many = true, doc = "[PRODUCT=][KIND:]FILE: replays candles, trades or a book" },
    { "trades", value = "FILE", many = true, doc = "[PRODUCT=]FILE: the trades of a recorded book" },
    { "start", value = "TIME", doc = "the venue's time when it begins; default now" },
    { "speed", value = "N", doc = "seconds of the venue in one second, 0: it stands still; default 1" },
    { "accounts", value = "N", kind = "integer", min = 1, max = 1000, doc = "users, each with a key file; default 1" },
    { "key-kind", value = "KIND", choices = { "es256", "ed25519" }, doc = "of new keys; default es256" },
    { "funds", value = "CUR=N,…", doc = "of each new account; default USD=100000,USDC=100000,BTC=1,ETH=10" },
    { "self-trade", value = "RULE",
      choices = { "cancel_newest", "cancel_oldest", "cancel_both", "decrement", "allow" },
      doc = "where an order meets one of its own user; default cancel_newest" },
    { "price-band", value = "N", doc = "a limit further from the last price than this share is refused; default 0.9" },
    { "visible-after", value = "DURATION", doc = "until a new order is found by GET; default at once" },
    { "cancel-after", value = "DURATION", doc = "a cancel is queued for so long, and may still fill; default at once" },
    { "silence", value = "DURATION",
      doc = "a WebSocket that is told nothing for so long is closed, 0s: never; default 75s" },
    { "refuse-reused-ids", doc = "of client_order_id; default: answers with the order that has it" },
    { "client-id", doc = "frames have client_id, as the SDK's typed reader wants it" },
    { "no-rate-limits", doc = "default 30 requests a second of a key, 10 without one" },
    { "fault", value = "TEXT", many = true,
      doc = "what shall go wrong: KIND or KIND:p=…,at=…,for=…,count=…, as answer_lost:p=0.01,path=/orders" },
    { "plain", doc = "HTTP and ws without TLS" },
    { "until-input-ends", doc = "ends when standard input does: for a program that starts it" },
  },
}

local OPTIONS = { "listen", "state", "seed", "products", "market", "from", "trades", "start", "speed", "accounts",
  "key_kind", "funds", "self_trade", "price_band", "visible_after", "cancel_after", "silence", "refuse_reused_ids",
  "client_id", "no_rate_limits", "plain", "fault" }

local function open(given)
  local options = {}
  for _, name in ipairs(OPTIONS) do options[name] = given[name] end
  return require("neap.exchange").open(options)
end

local function announce(running)
  output.json { schema = "neap.exchange/1", rest = running.rest, ws = running.ws, admin = running.admin,
    cert = running.cert, key_file = running.key_file, keys = running.keys, state = running.state }
  io.stdout:flush()
end

local function serve(running, given)
  announce(running)
  local why, err = running:run { until_input_ends = given.until_input_ends }
  if not why then return nil, err end
  if not given.quiet then io.stderr:write("neap: exchange ended by ", why, "\n") end
  return true
end

function exchange.run(args)
  local given, err = flags.parse(exchange, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local running, kind
  running, err, kind = open(given)
  if not running then return output.fail(err, args, kind == "usage" and output.USAGE or output.FAILED) end
  local ok
  ok, err = serve(running, given)
  running:close()
  if ok then return output.OK end
  return output.fail(err, args)
end

return exchange
