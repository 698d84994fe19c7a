-- SPDX-License-Identifier: MIT
-- neap drift SESSION.
local clock = require "neap.clock"
local decided = require "neap.drift.decided"
local decimal = require "neap.decimal"
local figures = require "neap.base.figures"
local fits = require "neap.drift.fit"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local trade = require "neap.drift.trade"

local drift = {
  summary = "Plays a recorded session's day in the simulator, and says what each trade differs by, and why.",
  usage = "neap drift [SESSION] [--max-bps N] [--no-fit] [--against SESSION] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "max-bps", value = "N", doc = "exit code 1 when the trades differ by more basis points of what was traded, " ..
      "each without regard to its sign: no gain hides a loss" },
    { "no-fit", doc = "the simulator as it is by default, not with the latency and the queue of this recording" },
    { "against", value = "SESSION", doc = "that stored session in the place of the simulator" },
    sessions.flag,
  },
  doc = "More than zero: the session did worse than the simulator. Reasons: same, latency, queue, impact, fee, " ..
    "missing_data, different_decision, unknown.",
}

local COLUMNS = {
  { "time" }, { "order" }, { "side" }, { "product" }, { "quantity", align = "right" }, { "price", align = "right" },
  { "simulated", align = "right" }, { "later", align = "right" }, { "filled", align = "right" },
  { "price_bps", title = "price bps", align = "right" }, { "rest_bps", title = "unfilled bps", align = "right" },
  { "fee_bps", title = "fee bps", align = "right" }, { "sum_bps", title = "sum bps", align = "right" }, { "reason" },
}

local CLASSES = {
  { "class", title = "reason" }, { "trades", align = "right" }, { "share", title = "of notional", align = "right" },
  { "amount", align = "right" }, { "bps", align = "right" },
}

local function text(value, digits) return value and tostring(digits and value:round(digits) or value) or nil end

local function bps(value) return value:round(2):format(2) end

local function percent(share) return share and text(share * 100, 1) .. " %" or "-" end

local function later(ns) return ns and figures.fixed(ns / 1000000, 1) .. "ms" or nil end

local function amounts_of(list)
  local amounts = {}
  for i, entry in ipairs(list) do amounts[i] = entry.amount end
  return amounts
end

local function parts_of(made)
  local list, rounded = json.array {}, trade.rounded_bps(amounts_of(made.parts), made.notional)
  for i, part in ipairs(made.parts) do
    list[i] = { reason = part.class, amount = text(part.amount), bps = bps(rounded[i]), why = part.says }
  end
  return list
end

local function side_of(side)
  if not side then return nil end
  return { order = side.id, number = side.number, decided = clock.format(side.decided),
    quantity = text(side.quantity), price = text(side.price), fee = text(side.fee), fills = side.fills,
    filled = side.time and clock.format(side.time) or nil, share = text(side.share) }
end

local function time_of(made) return (made.real or made.simulated).time or (made.simulated or made.real).time end

local function trade_document(made)
  local order, rounded = made.order, trade.rounded_bps({ made.price, made.rest, made.fee }, made.notional)
  return { time = clock.format(time_of(made)), strategy = order.strategy, product = order.product, side = order.side,
    type = order.type, why = order.why, notional = text(made.notional), session = side_of(made.real),
    simulated = side_of(made.simulated), later_ns = made.later, amount = text(made.sum),
    price_bps = bps(rounded[1]), unfilled_bps = bps(rounded[2]), fee_bps = bps(rounded[3]),
    sum_bps = bps(trade.bps(made.sum, made.notional)),
    reason = made.class, parts = parts_of(made) }
end

local function reason_words(made)
  local words = {}
  for i, part in ipairs(parts_of(made)) do
    words[i] = part.reason .. (#made.parts > 1 and " " .. part.bps or "") .. (part.why and ": " .. part.why or "")
  end
  return #words > 0 and table.concat(words, "; ") or "same"
end

local function trade_row(made)
  local real, simulated, order = made.real, made.simulated, made.order
  local document = trade_document(made)
  return { time = figures.moment(time_of(made) // 1000000 * 1000000),
    order = decided.name(made.pair), side = order.side, product = order.product,
    quantity = text(made.pair.real and made.pair.real.filled or made.pair.simulated.filled),
    price = real and real.price and text(real.price, 8) or "-",
    simulated = simulated and simulated.price and text(simulated.price, 8) or "-", later = later(made.later) or "-",
    filled = ("%s/%s"):format(percent(real and real.share), percent(simulated and simulated.share)),
    price_bps = document.price_bps, rest_bps = document.unfilled_bps, fee_bps = document.fee_bps,
    sum_bps = document.sum_bps, reason = reason_words(made) }
end

local function class_rows(found)
  local rows, rounded = json.array {}, trade.rounded_bps(amounts_of(found.classes), found.notional)
  for i, of in ipairs(found.classes) do
    if of.trades > 0 then
      rows[#rows + 1] = { class = of.class, trades = of.trades, share = percent(of.share), amount = text(of.amount, 8),
        bps = bps(rounded[i]) }
    end
  end
  return rows
end

local FITTED = { { "what", title = "on the way" }, { "count", title = "orders", align = "right" },
  { "median_ms", title = "median ms", align = "right" }, { "p90_ms", title = "p90", align = "right" },
  { "p99_ms", title = "p99", align = "right" } }

local function print_fit(made)
  if not made then return end
  if made.latency then
    output.print_columns(FITTED, fits.rows(made.latency))
    if made.latency.is_split then output.write "the venue's clock is another: both ways count as equally long\n" end
  end
  local how = made.latency and "the medians, fitted" or made.is_fitted and "the default: too little was sent to fit it"
    or "as it was, or by default"
  output.write(("simulator: latency %s; queue %s\n\n"):format(how, made.queue or "-"))
end

-- Gains may make up for losses in the sum; not here.
local function is_too_far(found, options) return options.max_bps and found.apart_bps:abs() > options.max_bps end

local function print_found(found, name, options)
  local rows = {}
  for i, made in ipairs(found.trades) do rows[i] = trade_row(made) end
  if #rows > 0 and not options.quiet then
    output.print_columns(COLUMNS, rows)
    output.write "\n"
    output.print_columns(CLASSES, class_rows(found))
    output.write "\n"
    print_fit(found.fit)
  end
  output.write(("%s: drift %s bps of %s %s in %d %s (%s bps without regard to sign), unknown %s\n"):format(
    output.clean(name), bps(found.bps), text(found.notional, 2), found.currency or "", #rows,
    #rows == 1 and "trade" or "trades", bps(found.apart_bps), percent(found.unknown_share)))
  if found.left_out > 0 then
    output.write(("%d %s on the way when the recording ended, and left out\n"):format(found.left_out,
      found.left_out == 1 and "order was" or "orders were"))
  end
  if is_too_far(found, options) then
    output.write(("over --max-bps %s: %s bps without regard to sign\n"):format(text(options.max_bps),
      bps(found.apart_bps)))
  end
end

local function fit_document(made)
  if not made then return nil end
  local latency = made.latency
  return { fitted = made.is_fitted, queue = made.queue, latency = latency and fits.rows(latency),
    latency_ms = latency and latency.latency, clocks_differ = latency and latency.is_split }
end

local function print_json(found, name, options)
  local trades, classes, rounded = json.array {}, json.array {}, trade.rounded_bps(amounts_of(found.classes),
    found.notional)
  for i, made in ipairs(found.trades) do trades[i] = trade_document(made) end
  for i, of in ipairs(found.classes) do
    classes[i] = { reason = of.class, trades = of.trades, amount = text(of.amount), bps = bps(rounded[i]),
      notional = text(of.notional), share = text(of.share) }
  end
  output.json { schema = "neap.drift/1", session = name, mode = found.mode, currency = found.currency,
    notional = text(found.notional), amount = text(found.sum), bps = bps(found.bps), apart_bps = bps(found.apart_bps),
    unknown_share = text(found.unknown_share), max_bps = text(options.max_bps), left_out = found.left_out,
    fit = fit_document(found.fit),
    trades = trades, reasons = classes }
end

local function read(args)
  local options, err = flags.parse(drift, args)
  if not options or not options.max_bps then return options, err end
  local limit = decimal.parse(options.max_bps)
  if not limit or limit < 0 then
    return nil, output.error("usage", ("--max-bps: '%s' is no number of basis points"):format(options.max_bps))
  end
  options.max_bps = limit
  return options
end

local function directory_of(path) return path:match "^(.*)/[^/]*$" or "." end

-- The recorded market, a fork's too; nil: there is none.
local function market_of(path)
  local place = require("neap.replay.place").of(path, "the market comes")
  return place and require("neap.drift.recorded").of_session(place.directory)
end

local function compare(path, options)
  local drifts, directory = require "neap.drift", directory_of(path)
  if not options.against then return drifts.run { directory = directory, fit = not options.no_fit } end
  local against, missing = sessions.find(options.against, options.sessions)
  if not against then return nil, missing end
  return drifts.compare { real = path, simulated = against,
    market = market_of(path) }
end

function drift.run(args)
  local options, err = read(args)
  if not options then return output.fail(err, args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local found
  found, err = compare(path, options)
  if not found then return sessions.fail(err, args) end
  local name = directory_of(path):match "[^/]+$" or path
  if options.json then print_json(found, name, options) else print_found(found, name, options) end
  return is_too_far(found, options) and output.FAILED or output.OK
end

return drift
