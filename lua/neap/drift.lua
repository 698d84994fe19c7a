-- SPDX-License-Identifier: MIT
-- How far the simulator is from what happened: a session's trades beside those of the same day in the simulator, each
-- difference in basis points and with its reason.
local blame = require "neap.base.blame"
local decided = require "neap.drift.decided"
local decimal = require "neap.decimal"
local market = require "neap.drift.market"
local match = require "neap.drift.match"
local orders = require "neap.drift.orders"
local reason = require "neap.drift.reason"
local slip = require "neap.base.slip"
local trade = require "neap.drift.trade"

local drift = { classes = reason.classes }

local ZERO = decimal.new(0)

local function misuse(message, ...) error(message:format(...), 0) end

-- ---- two stores -----------------------------------------------------------------------------------------------------

-- What is held at the end goes by one mark on both sides: the one that the session stated, then the simulator's, then
-- the price of the last fill.
local function mark_of(product, real, simulated)
  local a, b = real.marks[product], simulated.marks[product]
  if not a or not b then return (a or b).mark end
  if a.is_stated or b.is_stated then return (a.is_stated and a or b).mark end
  return (a.time >= b.time and a or b).mark
end

local function has_fills(order) return order ~= nil and #order.fills > 0 end

local function make_trades(pairs_list, real, simulated)
  local list = {}
  for _, pair in ipairs(pairs_list) do
    if has_fills(pair.real) or has_fills(pair.simulated) then
      local product = (pair.real or pair.simulated).product
      local facts = real.products[product] or simulated.products[product]
      list[#list + 1] = trade.new(pair, mark_of(product, real, simulated), facts and facts.contract_size or
        decimal.new(1))
    end
  end
  return list
end

local function ask_market(source, trades, last)
  local questions, by_trade = {}, {}
  for _, made in ipairs(trades) do
    local question = reason.question(made, last)
    questions[#questions + 1], by_trade[made] = question, question
  end
  if source and #questions > 0 then
    local ok, err = market.ask(source, questions)
    if not ok then return nil, err end
    return by_trade
  end
  for _, question in ipairs(questions) do question.traded = ZERO end
  return by_trade
end

local function sum_up(result)
  local by_class = {}
  result.notional, result.sum, result.apart = ZERO, ZERO, ZERO
  for _, class in ipairs(reason.classes) do
    by_class[class] = { class = class, trades = 0, amount = ZERO, notional = ZERO }
  end
  for _, made in ipairs(result.trades) do
    result.notional, result.sum = result.notional + made.notional, result.sum + made.sum
    result.apart = result.apart + made.sum:abs()
    local parts = #made.parts > 0 and made.parts or { { class = "same", amount = ZERO } }
    for _, part in ipairs(parts) do
      local of = by_class[part.class]
      of.trades, of.amount, of.notional = of.trades + 1, of.amount + part.amount, of.notional + made.notional
    end
  end
  result.bps, result.apart_bps = trade.bps(result.sum, result.notional), trade.bps(result.apart, result.notional)
  for i, class in ipairs(reason.classes) do
    local of = by_class[class]
    of.bps = trade.bps(of.amount, result.notional)
    of.share = result.notional:is_zero() and ZERO or of.notional / result.notional
    result.classes[i] = of
  end
  result.unknown_share = by_class.unknown.share
  return result
end

local COMPARES = { real = true, simulated = true, market = true }

-- drift.compare{ real =, simulated = files of events, market = a source of neap.drift.recorded or nil } → { trades =,
-- classes =, notional =, sum =, bps =, unknown_share = … }; or nil and a fault. More than zero: the real one did worse.
drift.compare = blame(function(options)
  if type(options) ~= "table" then misuse("compare: a table is wanted, not %s", type(options)) end
  local wrong = slip(options, COMPARES, "option")
  if wrong then misuse("compare: %s", wrong) end
  for _, name in ipairs { "real", "simulated" } do
    if type(options[name]) ~= "string" then misuse("compare: %s is a file of events", name) end
  end
  local real, err = orders(options.real)
  if not real then return nil, err end
  local simulated
  simulated, err = orders(options.simulated)
  if not simulated then return nil, err end
  local pairs_list = match.pairs(real, simulated)
  local trades = make_trades(pairs_list, real, simulated)
  local questions
  questions, err = ask_market(options.market, trades, math.max(real.stopped or real.last, simulated.stopped or
    simulated.last))
  if not questions then return nil, err end
  local firsts = decided.first_partings(pairs_list)
  for _, made in ipairs(trades) do reason.explain(made, questions[made], firsts) end
  return sum_up { session = real.session, mode = real.mode, currency = real.currency, trades = trades, classes = {} }
end)

return drift
