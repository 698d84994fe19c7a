-- SPDX-License-Identifier: MIT
-- neap run at the venue: which client, which products, what is in earnest.
local arming = require "neap.run.arming"
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"
local fault = require "neap.base.fault"
local inputs = require "neap.run.inputs"
local output = require "neap.cli.output"
local run_watch = require "neap.cli.run_watch"
local venue_clock = require "neap.cli.venue_clock"
local venue_flags = require "neap.cli.venue_flags"

local run_venue = {}

local HOUR = 3600 * 1000000000
local DAY = 24 * HOUR

run_venue.flags = {
  { "history", value = "N", kind = "integer", min = 0, max = 100000,
    doc = "bars of the venue that are shown first, default 200" },
  { "external", value = "HOW", choices = { "ignore", "adopt", "halt" },
    doc = "of what somebody else trades on the account: default as the profile says, else ignore" },
  { "record", doc = "what comes in is recorded, for neap replay; the default" },
  { "no-record", doc = "nothing is recorded" },
  { "grace", value = "DURATION",
    doc = "how long an order of which nothing was heard may still turn up at the venue, default 10s" },
}

-- Does the market come from the venue? Bars of a file are given with --data.
function run_venue.is_meant(given)
  return given.broker == "coinbase" or given.data == nil and given.product ~= nil
end

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

local function ids_of(given)
  local ids = {}
  for i, text in ipairs(given.product or {}) do
    local id = text:match "^([%w-]+)$"
    if not id then return usage("--product: '%s' is an id such as BTC-USD: its facts are the venue's", text) end
    ids[i] = id
  end
  if #ids == 0 then return usage "--product is missing: what is traded, such as BTC-USD" end
  return ids
end

local function last_event(path)
  local rows <close> = require("neap.event_store").events(path, { newest_first = true, limit = 1 })
  local row = rows and rows:next()
  return row and row.ts_ns
end

-- Since when orders and fills matter: the oldest that still works, else what the session did last. To a new session
-- the past of the account is nothing but a long list; the day is for clocks that do not agree.
local function since_of(directory, pace)
  if not directory or not require("neap.run.place").has_events(directory) then
    return (pace.start or require("neap.clock").real():now()) - DAY
  end
  local path = directory .. "/events.db"
  local state, since = require("neap.event_store").replay(path), last_event(path)
  for _, order in ipairs(since and state and state.orders or {}) do
    if order.created and order.created < since then since = order.created end
  end
  return since and since - HOUR
end

-- Of {"value":…,"currency":…}; zero where the venue says none.
local function amount_of(value) return decimal.parse(desks.amount(value) or "0") or decimal.new(0) end

local function available(client, currency)
  local sum = decimal.new(0)
  for account, err in client:each "accounts" { limit = 250 } do
    if not account then return nil, err end
    if account.currency == currency then sum = sum + amount_of(account.available_balance) end
  end
  return sum
end

-- The money of a session that trades in earnest is there: what is said, else all that is available.
local function take_cash(session, client, currency)
  local there, err = available(client, currency)
  if not there then return nil, err end
  if not session.cash then
    if there:is_zero() then return nil, fault("no_cash", ("the account has no %s available"):format(currency)) end
    session.cash = tostring(there)
    return true
  end
  local wanted = decimal.parse(tostring(session.cash))
  if wanted and wanted > there then
    return nil, fault("no_cash", ("--cash %s %s is more than the %s that are there"):format(wanted, currency, there))
  end
  return true
end

local function take_fees(session, client)
  local answer, err = client:transaction_summary {}
  if not answer then return nil, err end
  local tier = desks.table(answer.fee_tier)
  local function bps(rate)
    local value = decimal.parse(desks.text(rate) or "")
    return value and tostring(value * 10000)
  end
  session.fee_bps = session.fee_bps or bps(tier.taker_fee_rate)
  session.maker_fee_bps = session.maker_fee_bps or bps(tier.maker_fee_rate)
  return true
end

-- Which it is asked for: what is left out is done.
local function place_of(given, options)
  if given.record then given.no_record = nil end -- which may be of an earlier start
  if given.no_record or not options.directory then return nil end
  return { directory = options.directory, name = options.name }
end

local function open_client(venue, in_earnest, place)
  if in_earnest and not venue_flags.has_key(venue) then
    return nil, fault("no_key", "orders need a key: --key-file FILE, or COINBASE_API_KEY and COINBASE_API_SECRET")
  end
  local loop, err = inputs.open_loop(place)
  if not loop then return nil, err end
  local client
  client, err = require("neap.coinbase").open(venue_flags.client_options(venue, loop))
  if not client then err.exit = venue_flags.exit_of(err) end
  if client then return client, loop end
  loop:close(true)
  return nil, err
end

local function duration_of(flag, text)
  local ns, err = require("neap.clock").parse_duration(text)
  if ns and ns > 0 then return ns end
  if ns then return usage("%s: '%s' is no time", flag, text) end
  return usage("%s: %s", flag, err.message)
end

local WATCHER = 30 * 1000000000

-- Of an account one session trades at a time. Who takes a dead session's entries back holds it for a moment.
local function take_lock(given, options, venue, permissions)
  local account_lock = require "neap.account_lock"
  return account_lock.take { patience = WATCHER, root = require("neap.cli.sessions").directories(given.sessions)[1],
    host = venue.host, account = account_lock.account_of(permissions), session = options.name,
    directory = options.directory }
end

-- How the session was left: its mode, and the base that it was given last; nil: it is new.
local function left_as(options)
  local place = require "neap.run.place"
  if not options.directory or not place.has_events(options.directory) then return nil end
  local state, err = require("neap.event_store").replay(options.directory .. "/events.db")
  if not state then return false, err end
  local kept = place.read_config(options.directory) or {}
  return { mode = state.mode, base = kept.base or venue_flags.default }
end

-- Whether it may go on like this → true, or nil and a fault. `venue` may be nil: bars of a file.
function run_venue.check_place(options, mode, venue)
  local before, err = left_as(options)
  if before == false then return nil, err end
  return arming.same_place(mode, venue or {}, before)
end

local function open_parts(given, options, venue, ids, in_earnest)
  local bars, err = duration_of("--bars", given.bars or "1m")
  local grace
  if bars then grace, err = duration_of("--grace", given.grace or "10s") end
  if not grace then return nil, err end
  local client, loop = open_client(venue, in_earnest, place_of(given, options))
  if not client then return nil, loop end
  options.loop = loop
  local owned, permissions, lock = { client }, nil, nil -- closed in this order when the session is
  options.owned = owned
  if in_earnest then
    permissions, err = client:key_permissions {}
    if permissions then lock, err = take_lock(given, options, venue, permissions) end
    if not lock then return nil, err end
    owned[2] = lock
  end
  local made, pace
  pace, err = venue_clock.read(given.speed and options.speed, client)
  if not pace then return nil, err end
  made, err = require("neap.coinbase_session").open { client = client, loop = loop, products = ids,
    stream = venue.stream, user_stream = venue.user_stream, ca = venue.ca, orders = in_earnest,
    since = since_of(options.directory, pace), grace = grace, start = pace.start, at = pace.at, speed = pace.speed }
  if not made then return nil, err end
  table.insert(owned, 1, made)
  return { client = client, made = made, bars = bars, permissions = permissions, venue = venue, ids = ids, pace = pace }
end

local function take_money(session, parts, is_new)
  local ok, err = true, nil
  if is_new then ok, err = take_cash(session, parts.client, parts.made.products[1].quote) end
  if ok then ok, err = take_fees(session, parts.client) end
  return ok, err
end

-- Sets what a session at the venue needs beside the options that are there: → what run_venue.judge takes, or nil and a
-- fault. given: of the command line; options: of neap.run.
function run_venue.prepare(given, options)
  local ids, err = ids_of(given)
  if not ids then return nil, err end
  local venue
  venue, err = venue_flags.read(given)
  if not venue then return nil, err end
  local mode = given.broker == "coinbase" and arming.mode(venue, given.armed) or "paper"
  local in_earnest = mode ~= "paper"
  local ok
  ok, err = venue_clock.check(given.speed and options.speed, venue)
  if not ok then return nil, err end
  ok, err = run_venue.check_place(options, mode, venue)
  if not ok then return nil, err end
  local dead_man
  dead_man, err = run_watch.read(given, mode)
  if not dead_man then return nil, err end
  local is_new = not options.directory or not require("neap.run.place").has_events(options.directory)
  local parts
  parts, err = open_parts(given, options, venue, ids, in_earnest)
  if not parts then return nil, err end
  parts.dead_man = dead_man
  local session = options.session
  session.outside, session.data, session.products = parts.made:outside(parts.bars, given.history or 200), nil, nil
  session.mode, session.external = mode, given.external
  if in_earnest then
    session.operator_cash = 0 -- a desk for what is adopted
    ok, err = take_money(session, parts, is_new)
    if not ok then return nil, err end
  end
  ok, err = venue_clock.confirm(parts.pace, parts.client)
  return ok and parts, err
end

local function balances(client)
  local list = {}
  for account, err in client:each "accounts" { limit = 250 } do
    if not account then return nil, err end
    local there, hold = amount_of(account.available_balance), amount_of(account.hold)
    if not (there + hold):is_zero() then
      list[#list + 1] = { currency = desks.text(account.currency) or "?", available = there, hold = hold }
    end
  end
  return list
end

-- The portfolio in words: "portfolio NAME UUID (TYPE)", as far as the venue tells.
local function portfolio_words(parts)
  local may = parts.permissions
  local uuid, kind = may.portfolio_uuid, may.portfolio_type
  if type(uuid) ~= "string" then return nil end
  local answer, name = parts.client:portfolios {}, nil
  for _, one in ipairs(answer and answer.portfolios or {}) do
    if one.uuid == uuid then name = one.name end
  end
  local words = { "portfolio" }
  for _, word in ipairs { name or "", uuid, kind and ("(%s)"):format(kind) or "" } do
    if word ~= "" then words[#words + 1] = word end
  end
  return output.clean(table.concat(words, " "))
end

-- What arming.judge is shown of a session that is about to begin.
local function facts_of(given, options, parts)
  local session = options.session
  local risk, err = require("neap.backtest.setup").configuration { profile = session.profile, set = session.set,
    store = options.directory }
  if not risk then return nil, err end
  local cash
  cash, err = balances(parts.client)
  if not cash then return nil, err end
  return { session = options.name, directory = options.directory, mode = session.mode, host = parts.venue.host,
    account = portfolio_words(parts), key = parts.client:key_name(), permissions = parts.permissions,
    products = parts.ids, cash = cash,
    equity = decimal.parse(tostring(session.cash or "")), currency = parts.made.products[1].quote, risk = risk,
    engine = session.engine or risk.engine, engine_reason = session.engine and "asked for" or risk.engine_reason,
    on_stop = given.on_stop or "cancel", dead_man = parts.dead_man,
    external = given.external or risk.external or "ignore", alerts = session.alerts }
end

-- May it begin? With --armed it says what it is about to do, and asks, at a local exchange too: that is the rehearsal.
-- → true, or nil and a fault.
function run_venue.judge(given, options, parts)
  if not given.armed or options.session.mode == "paper" then return true end
  local facts, err = facts_of(given, options, parts)
  if not facts then return nil, err end
  local text, was_shown, shown = arming.judge(given, facts)
  local said = text and not was_shown and text or not text and shown
  if said then io.stderr:write(said, "\n") end
  return text and true, was_shown
end

return run_venue
