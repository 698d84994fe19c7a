-- SPDX-License-Identifier: MIT
-- The market that a recording has, played to a session on paper: the recorded one's own, or one with another strategy,
-- other parameters, another engine.
local beginning = require "neap.replay.beginning"
local fault = require "neap.base.fault"
local player = require "neap.replay.player"
local slip = require "neap.base.slip"
local what_if = require "neap.replay.what_if"

local WORDS = { directory = true, store = true, strategy = true, set = true, engine = true, until_ns = true,
  latency = true, queue = true }

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

-- What comes behind a life that was not recorded is another session: it ends before that.
local function play(self, until_ns)
  local gap, problem = beginning.find_gap(self)
  if problem then return nil, problem end
  for _, life in ipairs(self.recorded) do
    player.begin(self, life)
    local ok, err = player.play(self, until_ns)
    look(self)
    player.leave(self)
    if ok then ok, err = self.loop:damage() end
    if not ok then return nil, self.refused or err end
    if self.is_held or life == gap then break end
  end
  if not self.is_held then
    self.loop:coming()
    local ok, err = self.loop:damage() -- what cannot be read on may hide a life
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
  return { store = options.store, events = events, lives = #self.lives, inputs = (self.loop:input()),
    marks = self.marks or {}, at = self.at, played_to = self.played_to,
    stopped_at = self.is_held and options.until_ns or nil, changed = self.changed }
end

local function run(self, options, use)
  local ok, err = play(self, options.until_ns)
  if not ok then return nil, err end
  local path = what_if.events_of(self.store)
  local events
  events, err = last_event(path)
  if not events then return nil, err end
  local result = result_of(self, options, events)
  if use then use(path, result) end
  return result
end

-- → what neap.replay says of replay.simulate. `use(path, result)` sees the store before one that is not kept goes.
return function(options, use)
  check(options)
  local self, err = player.open(options.directory, nil, { ignores_stops = not is_unchanged(options) })
  if not self then return nil, err end
  what_if.begin(self, options)
  self.store = options.store or self.scratch .. "/simulated"
  local ok, result
  ok, result, err = pcall(run, self, options, use)
  player.close(self)
  if not ok then error(result, 0) end
  return result, err
end
