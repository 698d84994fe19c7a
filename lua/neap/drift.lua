-- SPDX-License-Identifier: MIT
-- How far the simulator is from what happened: a session's trades beside those of the same day in the simulator, each
-- difference in basis points and with its reason.
local blame = require "neap.base.blame"
local decided = require "neap.drift.decided"
local decimal = require "neap.decimal"
local fit = require "neap.drift.fit"
local market = require "neap.drift.market"
local match = require "neap.drift.match"
local orders = require "neap.drift.orders"
local places = require "neap.replay.place"
local reason = require "neap.drift.reason"
local recorded = require "neap.drift.recorded"
local replay = require "neap.replay"
local slip = require "neap.base.slip"
local trade = require "neap.drift.trade"

local drift = { classes = reason.classes }

local ZERO = decimal.new(0)

local function misuse(message, ...) error(message:format(...), 0) end

-- ---- two stores -----------------------------------------------------------------------------------------------------

-- What is held at the end goes by one mark on both sides: the market's last, where it was played; else the later of
-- those that the two know, by what they stated as they stopped, or by their last fill.
local function mark_of(product, real, simulated, last)
  local a, b = real.marks[product], simulated.marks[product]
  if last[product] then return last[product] end
  if not a or not b then return (a or b).mark end
  return (a.time >= b.time and a or b).mark
end

local SOON = 10000000000 -- ns: an order that the broker does not speak of for longer is not on its way

-- Of a session that has not ended the last orders are on their way: decided in the simulator alone, or sent, and what
-- became of them is not told yet. What it had not decided by then, or heard no word of, is a difference.
local function is_on_its_way(pair, real)
  local order, since = pair.real, real.till - SOON
  if real.stopped then return false end
  if not order then return pair.simulated.decided > since end
  if #order.fills > 0 or order.ended or order.decided < since then return false end
  local waits = order.time_in_force == "ioc" or order.time_in_force == "fok" or order.type == "market"
  return waits or not order.acknowledged
end

-- → the pairs that are compared, and how many are not.
local function leave_out(pairs_list, real)
  local kept = {}
  for _, pair in ipairs(pairs_list) do
    if not is_on_its_way(pair, real) then kept[#kept + 1] = pair end
  end
  return kept, #pairs_list - #kept
end

local function has_fills(order) return order ~= nil and #order.fills > 0 end

local function make_trades(pairs_list, real, simulated, last)
  local list = {}
  for _, pair in ipairs(pairs_list) do
    if has_fills(pair.real) or has_fills(pair.simulated) then
      local product = (pair.real or pair.simulated).product
      local facts = real.products[product] or simulated.products[product]
      list[#list + 1] = trade.new(pair, mark_of(product, real, simulated, last), facts and facts.contract_size or
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
  for _, question in ipairs(questions) do question.traded, question.prints = ZERO, {} end
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

-- What two stories differ by; without the market there is no reason.
local function compare(real, simulated, last)
  local pairs_list, left_out = leave_out(match.pairs(real, simulated), real)
  return { session = real.session, mode = real.mode, currency = real.currency, classes = {}, left_out = left_out,
    pairs = pairs_list, trades = make_trades(pairs_list, real, simulated, last or {}) }
end

local function apart_of(found)
  local sum = ZERO
  for _, made in ipairs(found.trades) do sum = sum + made.sum:abs() end
  return sum
end

local function explain(found, source, till)
  local questions, err = ask_market(source, found.trades, till)
  if not questions then return nil, err end
  local because = decided.partings(found.pairs)
  for _, made in ipairs(found.trades) do reason.explain(made, questions[made], because) end
  found.pairs = nil
  return sum_up(found)
end

local function end_of(real, simulated) return math.max(real.last, simulated.last) end

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
  return explain(compare(real, simulated), options.market, end_of(real, simulated))
end)

-- ---- a session and the simulator ------------------------------------------------------------------------------------

local function events_of(self) return self.directory .. "/events.db" end

-- The recorded market, played to the simulator → what it did there, and the last marks.
local function simulate(self, queue)
  local latency, story, problem = self.fitted and self.fitted.latency, nil, nil
  local result, err = replay.simulate({ directory = self.directory, latency = latency, queue = queue },
    function(path) story, problem = orders(path) end)
  if not result or not story then return nil, err or problem end
  local real = self.real
  -- The recording ends before the session does, or that has gone on since it was read.
  if result.played_to and (result.played_to < real.last or not real.stopped) then
    real, err = orders(events_of(self), result.played_to)
    if not real then return nil, err end
  end
  return { real = real, story = story, found = compare(real, story, result.marks), queue = queue }
end

-- Of the queue's models the one with which the trades are apart the least.
local function best_of(self, queues)
  local best, apart
  for _, queue in ipairs(queues) do
    local tried, err = simulate(self, queue)
    if not tried then return nil, err end
    local sum = apart_of(tried.found)
    if not best or sum < apart then best, apart = tried, sum end
  end
  return best
end

local function play(self, fits)
  local is_fitted = fits and self.real.mode ~= "paper" -- a paper session's broker was the simulator
  self.fitted = is_fitted and fit.latency(self.real) or nil
  local best, err
  if is_fitted and fit.has_resting(self.real) then
    best, err = best_of(self, fit.queues)
  else
    best, err = simulate(self)
  end
  if not best then return nil, err end
  best.found.fit = { is_fitted = is_fitted, latency = self.fitted, queue = best.queue or best.story.queue }
  return explain(best.found, recorded.of_session(self.directory), end_of(best.real, best.story))
end

local RUNS = { directory = true, fit = true }

-- drift.run{ directory = of a recorded session, fit = false: not with its latency and queue } → as drift.compare, and
-- fit = { is_fitted =, latency = of neap.drift.fit or nil, queue = }; or nil and a fault.
drift.run = blame(function(options)
  if type(options) ~= "table" then misuse("run: a table is wanted, not %s", type(options)) end
  local wrong = slip(options, RUNS, "option")
  if wrong then misuse("run: %s", wrong) end
  if type(options.directory) ~= "string" then misuse "run: directory is that of a recorded session" end
  local self = { directory = options.directory }
  local err = places.refuse_fork(events_of(self), "drift is what a session and the simulator differ by",
    "from event %d on it is the simulator's own; before that it is %s, whose drift says it. What the two differ by " ..
    "says --against")
  if err then return nil, err end
  self.real, err = orders(events_of(self))
  if not self.real then return nil, err end
  return play(self, options.fit ~= false)
end)

return drift
