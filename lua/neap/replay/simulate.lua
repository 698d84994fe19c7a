-- SPDX-License-Identifier: MIT
-- The market that a recording has, played to a session on paper: the recorded one's own, or one with another strategy,
-- other parameters, another engine.
local beginning = require "neap.replay.beginning"
local fault = require "neap.base.fault"
local player = require "neap.replay.player"
local slip = require "neap.base.slip"
local stores = require "neap.backtest.store"
local places = require "neap.replay.place"
local what_if = require "neap.replay.what_if"

local WORDS = { directory = true, store = true, strategy = true, set = true, engine = true, until_ns = true,
  latency = true, queue = true, from = true, place = true, made_again = true }

local function check(options)
  if type(options) ~= "table" then error("simulate: a table of options is wanted", 0) end
  local wrong = slip(options, WORDS, "option")
  if wrong then error("simulate: " .. wrong, 0) end
  if type(options.directory) ~= "string" then error("simulate: directory is that of a recorded session", 0) end
  if options.set ~= nil and type(options.set) ~= "table" then error("simulate: set is a table of values by name", 0) end
end

-- Is it the session that was recorded, call by call? One in earnest asked for the account, too, so that its cells had
-- other numbers, and heard of its orders at other times.
local function is_unchanged(options)
  if options.strategy or options.engine or options.latency or options.queue or next(options.set or {}) then
    return false
  end
  local rows <close> = require("neap.event_store").events(options.directory .. "/events.db",
    { type = "session_started", limit = 1 })
  local row = rows and rows:next()
  return row ~= nil and row.body.mode == "paper"
end

-- What the market's prices are where the life ends: the recorded session's, too. One that saw none of a product leaves
-- that of the life before it.
local function look(self)
  if not self.session then return end
  self.at, self.marks = self.session.now, self.marks or {}
  self.played_to = player.now(self) -- a session that has stopped sooner than the recorded one stands before that
  for id, mark in pairs(self.object:get "marks") do self.marks[id] = mark end
end

local function play_life(self, until_ns)
  local ok, err = player.play(self, until_ns)
  look(self)
  player.leave(self)
  if ok then ok, err = self.loop:damage() end
  return ok, not ok and (self.refused or err) or nil
end

-- The number of the life that it begins with: of a fork that one which it leaves, as far as that has been played.
local function begin(self, options)
  if not options.from then
    what_if.begin(self, options)
    if self.recorded[1] then player.begin(self, self.recorded[1]) end
    return 1
  end
  local ok, err = require("neap.replay.fork").begin(self, options)
  if not ok then return nil, err end
  for i, life in ipairs(self.recorded) do
    if life == self.life then return i end
  end
end

-- What comes behind a life that was not recorded is another session: it ends before that.
local function play(self, options)
  local first, err = begin(self, options)
  if not first then return nil, err end
  local gap, problem = beginning.find_gap(self, first)
  if problem then return nil, problem end
  for i = first, #self.recorded do
    if i > first then player.begin(self, self.recorded[i]) end
    local ok
    ok, err = play_life(self, options.until_ns)
    if not ok then return nil, err end
    if self.is_held or self.recorded[i] == gap then break end
  end
  if not self.is_held then
    self.loop:coming()
    local ok
    ok, err = self.loop:damage() -- what cannot be read on may hide a life
    if not ok then return nil, err end
  end
  if self.has_begun then return true end
  return nil, fault("not_recorded", ("nothing was recorded of this session%s"):format(self.is_held and
    " up to that moment" or ""), self.events)
end

local function last_event(path)
  local rows <close>, err = require("neap.event_store").events(path, { newest_first = true, limit = 1 })
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  return row and row.seq or 0, err
end

local function result_of(self, options, events)
  return { store = options.store, events = events, lives = #self.lives, inputs = self.loop:input() - self.removed,
    marks = self.marks or {}, at = self.at, played_to = self.played_to,
    stopped_at = self.is_held and options.until_ns or nil, changed = self.changed, from = self.from }
end

local function run(self, options, use)
  local ok, err = play(self, options)
  if not ok then return nil, err end
  local path = stores.events_of(self.store)
  local events
  events, err = last_event(path)
  if not events then return nil, err end
  local result = result_of(self, options, events)
  if use then use(path, result) end
  return result
end

local function way_of(options)
  if options.from then return { may_loosen = true } end
  return { loose = true, ignores_stops = not is_unchanged(options) }
end

local function open(options)
  if options.place then return player.open(options.place, nil, way_of(options)) end
  local plain = places.plain(options.directory)
  local err = places.refuse_fork(plain.events, "a what-if is another session from the beginning on",
    "fork this one at a moment of its own (--from %d, or later), or ask what if of the recorded session, %s")
  if err then return nil, err end
  return player.open(plain, nil, way_of(options))
end

local function attempt(options, use)
  local self, err = open(options)
  if not self then return nil, err end
  self.store = options.store or self.scratch .. "/simulated"
  local ok, result
  ok, result, err = pcall(run, self, options, use)
  player.close(self)
  if not ok then error(result, 0) end
  return result, err
end

-- Of a fork what lies at its place is its own from the first event on, and goes with it when it cannot be.
local function fork(options, use)
  local place, err, result, wrong
  if options.store then
    place, err = stores.prepare(options.store, false)
    if not place then return nil, err end
  end
  result, wrong = attempt(options, use)
  if not result and place then stores.remove(place) end
  return result, wrong
end

-- What a killed session did behind the last event that it had made durable did not happen.
local function before(from)
  return { moment = from.event_ns, event_ns = from.event_ns, seq = from.seq }
end

-- → what neap.replay says of replay.simulate. `use(path, result)` sees the store before one that is not kept goes.
return function(options, use)
  check(options)
  if not options.from then return attempt(options, use) end
  local result, err = fork(options, use)
  if result or type(err) ~= "table" or err.code ~= "killed" or options.from.moment == options.from.event_ns then
    return result, err
  end
  local again = {}
  for name, value in pairs(options) do again[name] = value end
  again.from = before(options.from)
  return fork(again, use)
end
