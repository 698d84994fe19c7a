-- SPDX-License-Identifier: MIT
-- A stored session at a moment of its past: what it held, wanted and kept then, event by event.
local blame = require "neap.base.blame"
local clock = require "neap.clock"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local fork = require "neap.past.fork"
local market = require "neap.past.market"
local origin = require "neap.session.origin"
local records = require "neap.session.records"
local slip = require "neap.base.slip"
local standing = require "neap.past.standing"
local stored_story = require "neap.session.stored_story"

local past = {}

local ZERO = require("neap.decimal").new(0)

-- By object: { path =, state =, event =, moment = what was asked for, and no event is between it and the event's }
local inside = setmetatable({}, { __mode = "k" })

local function misuse(message, ...) error(message:format(...), 0) end

local function own(self) return inside[self] or misuse "the past of a session is called with a colon" end

-- ---- where ----------------------------------------------------------------------------------------------------------

local function read_one(path, filter)
  filter.limit = 1
  local rows <close>, err = event_store.events(path, filter)
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  return row and records.mark_one(row, "event"), err
end

local function gather(rows)
  local list = {}
  local row, err = rows:next()
  while row do
    list[#list + 1] = row
    row, err = rows:next()
  end
  if err then return nil, err end
  return list
end

local function no_event(path, seq)
  local last = read_one(path, { newest_first = true })
  local nearest = last and "; the last is #" .. last.seq or ""
  return fault("no_such_event", ("there is no event #%d%s"):format(seq, nearest), path)
end

-- Stands behind event `seq` (nil: the last), at that moment (nil: the event's); stays where it was when that cannot be.
local function stand(self, seq, ns)
  local at = own(self)
  local state, err = event_store.replay(at.path, { until_seq = seq })
  if not state then return nil, err end
  local event
  event, err = read_one(at.path, { since = state.last_seq })
  if not event then return nil, err end
  at.state, at.event, at.moment = state, event, ns or event.ts_ns
  return self
end

local function moment(t)
  if math.type(t) == "integer" then return t end
  if type(t) ~= "string" then misuse("seek: a time is wanted, as text or in ns, or '#EVENT'; not %s", type(t)) end
  local ns, err = clock.parse(t)
  if not ns then return nil, err end
  return ns
end

local methods = {}

-- p:seek "2026-02-05T14:30:00Z": behind the last event of that moment or before it. Also ns since 1970, and "#120", an
-- event. → p, or nil and a fault (before_all, no_such_event, not_a_time).
methods.seek = blame(function(self, t)
  local path, seq = own(self).path, type(t) == "string" and math.tointeger(t:match "^#(%d+)$" or "x")
  if seq then
    local event, err = read_one(path, { since = seq })
    if not event or event.seq ~= seq then return nil, err or no_event(path, seq) end
    return stand(self, seq)
  end
  local ns, err = moment(t)
  if not ns then return nil, err end
  seq, err = event_store.seq_at(path, ns)
  if not seq then
    if err.code == "before_all" then err.message = ("nothing had happened yet at %s"):format(clock.format(ns)) end
    return nil, err
  end
  return stand(self, seq, ns)
end)

-- p:step(n): n events on, back when n is negative, 1 by default → the events that were passed, in the order of passing;
-- fewer where there are no more.
methods.step = blame(function(self, n)
  n = n == nil and 1 or n
  if math.type(n) ~= "integer" or n == 0 then
    misuse("step: a whole number of events is wanted, on or back, not %s", tostring(n))
  end
  n = math.max(n, -math.maxinteger + 1)
  local at = own(self)
  local filter = n > 0 and { since = at.event.seq + 1, limit = n } or
    { ["until"] = at.event.seq, newest_first = true, limit = 1 - n }
  local rows <close>, err = event_store.events(at.path, filter)
  if not rows then return nil, err end
  local passed
  passed, err = gather(rows)
  if not passed then return nil, err end
  local target = passed[#passed]
  if n < 0 then passed[#passed] = nil end -- what one stands behind is not passed
  if target and target.seq ~= at.event.seq then
    local ok
    ok, err = stand(self, target.seq)
    if not ok then return nil, err end
  end
  return records.mark(passed, "event")
end)

-- ---- what -----------------------------------------------------------------------------------------------------------

local filter_words = { type = true, product = true, order = true, since = true, limit = true }

-- p:events{ type =, product =, order =, since = number, limit = } → what had happened until then, oldest first; with
-- limit the latest so many.
methods.events = blame(function(self, filter)
  filter = filter or {}
  local wrong = slip(filter, filter_words, "option")
  if wrong then misuse("events: %s", wrong) end
  local at = own(self)
  local rows <close>, err = event_store.events(at.path, { type = filter.type, product = filter.product,
    order = filter.order, since = filter.since, limit = filter.limit, ["until"] = at.event.seq, newest_first = true })
  if not rows then return nil, err end
  local list
  list, err = gather(rows)
  if not list then return nil, err end
  for i = 1, #list // 2 do list[i], list[#list + 1 - i] = list[#list + 1 - i], list[i] end
  return records.mark(list, "event")
end)

local function event_of(self, seq, verb)
  local at = own(self)
  if seq == nil or seq == at.event.seq then return at.event end
  if math.type(seq) ~= "integer" then misuse("%s: the number of an event is wanted, not %s", verb, type(seq)) end
  local row, err
  if seq > 0 then row, err = read_one(at.path, { since = seq, ["until"] = seq }) end
  return row, not row and (err or no_event(at.path, seq)) or nil
end

-- p:input(seq): the recorded input that this event, or the one that p stands behind, came of → { number =, kind =,
-- time =, segment =, text = its beginning, frame = the newest before one that is none }.
methods.input = blame(function(self, seq)
  local row, err = event_of(self, seq, "input")
  if not row then return nil, err end
  return origin.of(own(self).path, row)
end)

-- p:causes(): the event that p stands behind, the one that caused it, and so on to one that has no cause; and of a
-- session that was recorded the input that this one came of (`type` "input"). p:causes(seq): of that event.
-- → the chain; and a fault where a recording cannot be read.
methods.causes = blame(function(self, seq)
  local at, chain = own(self), {}
  repeat
    local row, err = event_of(self, seq, "causes")
    if not row then return nil, err end
    chain[#chain + 1] = row
    seq = row.cause_seq
  until not seq or seq < 1
  records.mark(chain, "event")
  local input, err = origin.of(at.path, chain[#chain])
  chain[#chain + 1] = input
  return chain, err and err.code ~= "not_recorded" and err or nil
end)

-- p:explain "#3": the story of an order as far as it had come then.
methods.explain = blame(function(self, order)
  local word = math.type(order) == "integer" and "#" .. order or type(order) == "table" and order.id or order
  if type(word) ~= "string" then misuse("explain: an order, its id or '#NUMBER' is wanted, not %s", type(word)) end
  local at = own(self)
  local ok, err = stored_story.check(word)
  if not ok then misuse("explain: %s", err.message) end
  local id
  id, err = stored_story.find(at.path, word, at.event.seq)
  if not id then return nil, err end
  local told
  told, err = stored_story.read(at.path, id, at.event.seq)
  return told and require("neap.session.story").printing(told), err
end)

-- ---- the market -----------------------------------------------------------------------------------------------------

-- p:book "BTC-USD" → its book then, as neap.book has it, whatever becomes of p; where there is one product it needs no
-- name. p:indicators() → { strategy =, product =, timeframe = or series =, name =, period =, ready =, value =,
-- previous = } of each that hung on a series. p:marks() → by product the price that positions were valued by; absent:
-- none yet. Each plays the recording up to there → nil and a fault where that cannot be (not_recorded, replay_differs,
-- no_book).
for _, name in ipairs { "book", "indicators", "marks" } do
  methods[name] = blame(function(self, ...) return market[name](own(self), ...) end)
end

-- ---- a fork ---------------------------------------------------------------------------------------------------------

-- p:fork{ with = a strategy's file, set = { name = value }, engine =, store = path of a new one, until_ns = }: the
-- session leaves itself at this moment, on paper, and goes on over the rest of its recorded market with what is given →
-- its past, at its last event; f.comparison sets it beside what was recorded. nil and a fault: ended, recording_ends,
-- and those of replay.compare.
methods.fork = blame(function(self, options)
  return fork.make(own(self), options or {}, function(path, told)
    local made, err = past.open(path)
    if not made then return nil, err end
    inside[made].comparison = told
    return made, inside[made]
  end)
end)

-- past.compare(p, options of p:fork) → the comparison alone; without `store` nothing is kept.
past.compare = blame(function(self, options) return fork.compare(own(self), options) end)

-- p:close(): the session that was played for these goes; p itself stays what it is, unless it is a fork without store.
methods.close = blame(function(self)
  standing.close(own(self))
  fork.close(own(self))
end)

local fields = {}

function fields.comparison(at) return at.comparison end
function fields.now(at) return at.event.ts_ns end
function fields.seq(at) return at.event.seq end
function fields.event(at) return at.event end
function fields.id(at) return at.event.run end
function fields.trading(at) return at.state.guard_mode end
function fields.state_hash(at) return at.state.state_hash end
for _, name in ipairs { "mode", "currency", "cash", "states", "counts", "ended", "timers", "products" } do
  fields[name] = function(at) return at.state[name] end
end

-- No mark is known: what a position is worth is no part of the state.
function fields.positions(at)
  local sizes, list = {}, {}
  for _, product in ipairs(at.state.products) do sizes[product.id] = product.contract_size end
  for i, p in ipairs(at.state.positions) do
    local size = p.quantity * (sizes[p.product] or 1)
    local entry = not size:is_zero() and p.cost and p.cost / size or nil
    list[i] = { product = p.product, strategy = p.strategy, quantity = p.quantity, realized = p.realized or ZERO,
      fees = p.fees or ZERO, opened_at = p.opened_at, entry_price = entry }
  end
  return records.mark(list, "position")
end

function fields.orders(at) return records.mark(at.state.orders, "past_order") end

local past_type = { __name = "past" }

function past_type:__index(name)
  if methods[name] then return methods[name] end
  if fields[name] then return fields[name](own(self)) end
  local words = {}
  for word in pairs(methods) do words[word] = true end
  for word in pairs(fields) do words[word] = true end
  local wrong = slip({ [name] = true }, words, "word")
  error("the past of a session: " .. (wrong or tostring(name)), 2)
end

function past_type.__newindex(_, name)
  error(("the past of a session: %s is read, not set"):format(tostring(name)), 2)
end

local function kind_of(at)
  if not at.comparison then return "past" end
  return at.comparison.of and "fork of a fork" or "fork"
end

function past_type:__tostring()
  local at = own(self)
  local count = #at.state.orders
  return ("%s of %s: behind event #%d, %s (%s); %d %s"):format(kind_of(at), at.event.run,
    at.event.seq, clock.format(at.event.ts_ns), at.event.type, count, count == 1 and "order works" or "orders work")
end

function past_type:__close() methods.close(self) end

past.methods, past.fields = methods, fields

-- past.open(path): the stored session whose directory or file of events that is, at its last event → p, or nil and a
-- fault (those of event_store.replay).
past.open = blame(function(path)
  if type(path) ~= "string" then
    misuse("past: a session's directory or file of events is wanted, not %s", type(path))
  end
  if files.mode(path) == "directory" then path = path:gsub("/+$", "") .. "/events.db" end
  local self = setmetatable({}, past_type)
  inside[self] = { path = path }
  return stand(self)
end)

return past
