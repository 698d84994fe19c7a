-- SPDX-License-Identifier: MIT
-- A session that is driven from Lua: opened, stepped, traded in by hand, read, stopped.
local blame = require "neap.base.blame"
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local events = require "neap.session.events"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local options_of = require "neap.backtest.options"
local recording = require "neap.session.recording"
local records = require "neap.session.records"
local setup = require "neap.backtest.setup"
local shape = require "neap.backtest.result"
local slip = require "neap.base.slip"

local fault = options_of.fault

local core_open = require("neap.session_c").open

local session = {}

local inside = setmetatable({}, { __mode = "k" }) -- by session: { object = the core's, made = setup's, result = }

local function misuse(message, ...) error(message:format(...), 0) end

local function core(self) return inside[self].object end

-- The core names our line; the caller's is added by blame.
local function unwrap(ok, ...)
  if not ok then error((tostring((...)):gsub("^%S*/neap/session%.lua:%d+: ", "")), 0) end
  return ...
end

local function passed(name)
  return blame(function(self, ...)
    if not inside[self] then misuse("s:%s(…) is called with a colon", name) end
    return unwrap(pcall(core(self)[name], core(self), ...))
  end)
end

local methods = { step = passed "step", run = passed "run" }
for _, name in ipairs { "buy", "sell", "target", "close", "close_all", "cancel", "cancel_all" } do
  methods[name] = passed(name)
end

local function field(name, kind)
  return function(self)
    local value, err = core(self):get(name)
    if value == nil then return nil, err end
    return kind and records.mark(value, kind) or value
  end
end

local fields = {
  now = field "now", trading = field "trading", equity = field "equity", cash = field "cash",
  products = field "products", positions = field("positions", "position"), trades = field("trades", "trade"),
  strategies = field("strategies", "strategy"), margin = field("margin", "margin"),
  orders = function(self) return core(self):orders() end,
}

function fields.guard(self) return records.mark_one(core(self):get "guard", "guard") end
function fields.mode(self) return inside[self].made.core.mode end
function fields.id(self) return inside[self].made.core.id end
function fields.currency(self) return inside[self].made.core.currency end
function fields.store(self) return inside[self].made.options.store or nil end
function fields.is(self) return core(self):is() end

-- { seen =, dropped =, failed = } of the operations thread; nil without alerts.
function fields.alerts(self)
  local operations = inside[self].made.core.operations
  return operations and operations:counts()
end

-- What the operations thread answered since it was last asked.
function fields.answers(self)
  local operations, list = inside[self].made.core.operations, {}
  local text = operations and operations:next()
  while text do
    list[#list + 1] = require("neap.json").decode(text)
    text = operations:next()
  end
  return list
end

local filter_words = { type = "string", product = "string", order = "string", since = "integer", limit = "integer" }

local function check_filter(filter)
  if type(filter) ~= "table" then misuse("events: a table is wanted, not %s", type(filter)) end
  local wrong = slip(filter, filter_words, "option")
  if wrong then misuse("events: %s", wrong) end
  for word, kind in pairs(filter_words) do
    local value = filter[word]
    if value ~= nil and kind == "string" and type(value) ~= "string" then
      misuse("events: %s is text, not %s", word, type(value))
    elseif value ~= nil and kind == "integer" and (math.type(value) ~= "integer" or value < 0) then
      misuse("events: %s is a whole number, not '%s'", word, value)
    end
  end
end

local function read_events(self, filter) return events.read(core(self), inside[self].made.core.store_path, filter) end

-- s:events{type=, product=, order=, since=, limit=} → rows that print themselves; and when earlier ones are gone, the
-- number of the oldest.
methods.events = blame(function(self, filter)
  filter = filter or {}
  check_filter(filter)
  local rows, err = read_events(self, filter)
  if not rows then return nil, err end
  return records.mark(rows, "event"), err > 1 and err or nil
end)

local function fills_of(rows)
  local at = 0
  return require "neap.session.journal"(function()
    at = at + 1
    return rows[at]
  end).fills
end

function fields.fills(self)
  local rows, err = read_events(self, {})
  if not rows then return nil, err end
  return records.mark(fills_of(rows), "fill")
end

local PREFIX_LEAST = 6

local function fits(row, word)
  local number = word:match "^#(%d+)$"
  if number then return row.body and (row.body.number or row.body.order) == math.tointeger(number) end
  return row.client_order_id and row.client_order_id:sub(1, #word) == word
end

local function order_word(order)
  local word = order
  if type(order) == "userdata" and getmetatable(order) == "order" then word = order.id end
  if math.type(word) == "integer" then word = "#" .. word end
  if type(word) ~= "string" then misuse("explain: an order, its id or '#NUMBER' is wanted, not %s", type(word)) end
  if not word:match "^#%d+$" and #word < PREFIX_LEAST then
    misuse("explain: '%s' is too short: at least %d characters of an id, or '#NUMBER'", word, PREFIX_LEAST)
  end
  return word
end

local function find_order(self, word)
  local intents, first = read_events(self, { type = "order_intent" })
  if not intents then return nil, first end
  local found, ids = {}, {}
  for _, row in ipairs(intents) do
    ids[#ids + 1] = row.client_order_id
    if fits(row, word) then found[#found + 1] = row.client_order_id end
  end
  if #found == 1 then return found[1] end
  if #found > 1 then return nil, fault("ambiguous", ("%d orders begin with '%s'"):format(#found, word)) end
  local gone = first > 1 and "; memory holds what came after event " .. first - 1 .. ": open with store =" or ""
  return nil, fault("no_such_order", ("no order '%s'%s"):format(word, gone), nil, nearest(word, ids))
end

-- nil: memory does not reach back to the start.
local function configuration_rows(self)
  local list = {}
  for _, kind in ipairs(require("neap.session.in_force").types) do
    local rows = read_events(self, { type = kind })
    table.move(rows or {}, 1, rows and #rows or 0, #list + 1, list)
  end
  return list
end

-- s:explain(o), s:explain "#3", s:explain "a1b2c3": the story of an order; it prints as `neap explain` does.
methods.explain = blame(function(self, order)
  local id, err = find_order(self, order_word(order))
  if not id then return nil, err end
  local rows
  rows, err = read_events(self, { order = id })
  if not rows then return nil, err end
  local new = require("neap.session.story").new
  local told = new(rows, configuration_rows(self))
  told, err = require("neap.session.slices").complete(told, function(filter) return read_events(self, filter) end, new)
  return told and require("neap.session.story").printing(told), err
end)

methods.state_hash = blame(function(self) return core(self):get "state_hash" end)

-- What happened until now is dealt with: the operations thread ends after the session.
local function close_operations(own)
  if own.made.core.operations then own.made.core.operations:close() end
end

-- `how`: what a session that will go on leaves behind; nil: it ends.
local function finish(self, reason, how)
  local own = inside[self]
  local raw, err = unwrap(pcall(how and own.object.leave or own.object.stop, own.object, reason, how))
  own.made.policy:close()
  close_operations(own)
  if not raw then return nil, setup.tidy(err, own.made.options.list) end
  return shape(own.made, raw)
end

-- s:stop(reason) → the result, as a back-test's. What works is cancelled, the journal is sealed; s can still be read.
methods.stop = blame(function(self, reason)
  if reason ~= nil and type(reason) ~= "string" then misuse("stop: the reason is text, not %s", type(reason)) end
  return finish(self, reason or "stopped by the operator")
end)

local function check_why(verb, call, why)
  if type(why) ~= "string" or not why:find "%S" then misuse("%s: say why, in words: s:%s", verb, call) end
end

local function said(verb)
  return blame(function(self, why)
    check_why(verb, ('%s "feed looks wrong"'):format(verb), why)
    return unwrap(pcall(core(self)[verb], core(self), why))
  end)
end

-- s:kill(why): entries are cancelled and refused from now on, exits stay. s:resume(why) leads back to normal.
methods.kill, methods.resume = said "kill", said "resume"
-- s:flatten(why): cancels entries and closes all positions, in every mode → how many orders do that.
methods.flatten = said "flatten"

-- s:reduce_only(on, why): only exits pass from now on; off leads back.
methods.reduce_only = blame(function(self, on, why)
  if type(on) ~= "boolean" then misuse("reduce_only: true or false, and why, are wanted, not %s", type(on)) end
  check_why("reduce_only", ('reduce_only(%s, "feed looks wrong")'):format(on), why)
  return unwrap(pcall(core(self).reduce_only, core(self), why, on))
end)

-- s:configure(c, { why =, who =, number =, policy = }): what neap.config.load gave holds from now on → its number.
methods.configure = blame(function(self, loaded, note)
  local own = inside[self]
  local change = require "neap.session.configure"(own.made.risk, loaded, note or {})
  local number, err = unwrap(pcall(core(self).configure, core(self), change))
  if not number then return nil, err end
  own.made.risk = loaded
  return number
end)

-- s:poll_configuration(again): nil, or what of the configuration's files has changed; what is good is in force then.
-- `again`: a refusal that still stands is told again.
methods.poll_configuration = blame(function(self, again)
  return require("neap.session.watching").poll(inside[self], function(loaded, note)
    return methods.configure(self, loaded, note)
  end, again)
end)

-- s:ack(code, who): a person knows of these alerts. → whether it was told; what came of it is in s.answers.
methods.ack = blame(function(self, code, who)
  local operations = inside[self].made.core.operations
  if not operations then misuse "ack: the session has no alerts: open it with alerts = true" end
  if not require("neap.alert_manager").codes[code] then
    local codes = lists.sorted_keys(require("neap.alert_manager").codes)
    local near = type(code) == "string" and nearest(code, codes)
    misuse("ack: '%s' is no alert code%s", tostring(code), near and ("; did you mean '%s'?"):format(near)
      or "; known: " .. table.concat(codes, ", "))
  end
  local json = require "neap.json"
  return operations:tell(json.encode { command = "ack", code = code, who = who or "operator" })
end)

methods.seek = blame(function() misuse "seek is not in this version" end)

local function words_of(self)
  local words = lists.sorted_keys(methods)
  table.move(lists.sorted_keys(fields), 1, #lists.sorted_keys(fields), #words + 1, words)
  return words, self
end

local session_type = { __name = "session" }

function session_type.__index(self, word)
  if methods[word] then return methods[word] end
  if fields[word] then return (fields[word](self)) end
  local near = type(word) == "string" and nearest(word, (words_of(self)))
  error(("a session has no '%s'%s"):format(tostring(word), near and ("; did you mean '%s'?"):format(near) or ""), 2)
end

function session_type.__newindex() error("a session is read-only", 2) end

function session_type.__tostring(self)
  if self.is == "closed" then return "session (closed)" end
  local ids = lists.field(self.products, "id")
  local state = (self.is == "open" and "" or self.is .. ", ")
    .. (self.trading == "normal" and "" or self.trading .. ", ")
  return ("session %s: %smode %s, %s, now %s, equity %s %s"):format(self.id, state, self.mode, table.concat(ids, " "),
    clock.format(self.now), tostring(self.equity), self.currency)
end

-- Left by an error or a return: stopped in order, and closed.
function session_type.__close(self)
  if self.is == "open" then finish(self, "closed") end
  core(self):release()
  close_operations(inside[self])
end

-- Words of the object, for whoever completes them.
session.methods, session.fields = methods, fields

local function check_mode(options)
  local mode = options.mode
  if mode == "paper" or options.outside and (mode == "exchange" or mode == "armed") then return true end
  if mode == "exchange" or mode == "armed" then
    return nil, fault("no_venue", ("mode '%s' is of a session with a venue: neap run --broker coinbase"):format(mode))
  end
  if mode == "backtest" then
    return nil, fault("not_a_choice", "a session is not a back-test: that is neap.backtest{…}")
  end
  return nil, fault("not_a_choice", ("mode: '%s' is not one of paper, exchange, armed"):format(mode), nil,
    nearest(mode, { "paper", "exchange", "armed" }))
end

local DEMO = { seed = 7, bars = 365 * 24, start = 1735689600 * 1000000000, price = 6500000 }

-- The profile `demo` brings its own market.
local function with_data(given)
  local has_market = type(given) == "table" and (given.data ~= nil or given.outside ~= nil)
  if type(given) ~= "table" or given.profile ~= "demo" or has_market then return given end
  local all = { data = { ["BTC-USD"] = require "neap.base.market"(DEMO) } }
  for key, value in pairs(given) do all[key] = value end
  if all.products == nil or type(all.products) == "table" and next(all.products) == nil then
    all.products = { ["BTC-USD"] = "price_increment=0.01" }
  end
  return all
end

-- Cash that was not said again is what the journal says; what was said must agree with it.
local function leave_cash_open(made)
  local options = made.options
  if options.has_cash then return end
  for i, entry in ipairs(options.list) do
    if not entry.cash then made.core.strategies[i].cash = decimal.new(0) end
  end
  if not options.operator_cash and made.core.operator_cash then made.core.operator_cash = decimal.new(0) end
end

-- A resumed session goes by the name that is in its journal: client order ids are made of it.
local function resume_id(made)
  local path = made.core.store_path
  local rows <close>, err = require("neap.event_store").events(path, { limit = 1 })
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  if err then return nil, err end
  if not row then return true end -- the core says whether the store is empty or written just now
  made.core.id = row.run
  leave_cash_open(made)
  return true
end

local function open_operations(made)
  local asked = made.options.alerts
  if not asked then return true end
  if asked ~= true and type(asked) ~= "table" then misuse("alerts is true or a table, not %s", type(asked)) end
  local err
  made.core.operations, err = unwrap(pcall(require("neap.operations").open, asked == true and {} or asked))
  return made.core.operations ~= nil, err
end

-- `extra`, of neap.run: the name that it goes by, and whether a loop hears the signals.
local function complete(made, extra)
  local options, run = made.options, made.core
  run.mode, run.has_seats, run.operator_cash, run.quarantine = options.mode, true, made.amounts.operator_cash, true
  run.resume, run.dry_run, run.on_clock = options.resume or nil, options.dry_run, extra.on_clock
  run.snapshot_every = options.snapshot_every or nil
  run.external = options.external or made.risk.external or nil
  run.id = extra.name or run.id
  if options.history and run.from > 0 then run.history_until, run.from = run.from, nil end
  run.start_if_empty = extra.start_if_empty
  run.journal = extra.journal
  if options.resume then
    local ok, err = resume_id(made)
    if not ok then return nil, err end
  end
  return open_operations(made)
end

local function check(given)
  local ok, options = pcall(options_of.check, with_data(given), "session")
  if not ok then misuse("session: %s", options) end
  if options.resume and not options.store then misuse "session: resume needs a store" end
  return options
end

-- For neap.run: { object = the core's, made = setup's }, and its way to stop.
function session.inside(self) return inside[self] end
session.finish = finish

-- session.open{data=, strategy=, …} → the session, or nil and a fault. Misuse of the options raises.
session.open = blame(function(given, extra)
  local options = check(given)
  local ok, err = check_mode(options)
  if not ok then return nil, err end
  local made
  made, err = setup.make(options, "session")
  if not made then return nil, err end
  local object
  local loop = options.outside and options.outside.loop
  ok, err = complete(made, extra or {})
  if ok and loop then recording.opening(loop, given, extra or {}, made) end
  if ok then object, err = unwrap(pcall(core_open, made.core)) end
  if not object then
    if err.code == "no_events" then err = fault("empty_store", "there is no event to go on from", options.store) end
    close_operations { made = made }
    setup.undo(made, err)
    return nil, setup.tidy(err, options.list)
  end
  if loop then object = recording.object(object, loop) end
  if made.core.on_clock and not options.configuration then
    ok, err = require("neap.session.watching").start(made)
    if not ok and options.on_log then options.on_log("warn", "the configuration is not stored: " .. tostring(err)) end
  end
  local self = setmetatable({}, session_type)
  inside[self] = { object = object, made = made }
  return self
end)

return session
