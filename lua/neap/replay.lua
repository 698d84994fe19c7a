-- SPDX-License-Identifier: MIT
-- A recorded session, played again from its inputs: the same client, feed, broker, session and strategies, without a
-- network and without a clock, into a store of its own, whose events are compared with those that were stored.
local beginning = require "neap.replay.beginning"
local blame = require "neap.base.blame"
local fork = require "neap.replay.fork"
local failed_journal = require "neap.replay.failed_journal"
local look_up = require "neap.replay.look_up"
local places = require "neap.replay.place"
local player = require "neap.replay.player"

local replay = {}

-- Of a directory or a file of events: its recording, also a fork's.
local function find(path)
  local is_file = path:find "%.db$" ~= nil
  local events = is_file and path or path:gsub("(.)/+$", "%1") .. "/events.db"
  if #places.stages(events) > 0 or is_file then return places.of(events, "a replay comes") end
  return places.plain(path)
end

local function is_fork(self) return #self.place.stages > 0 end

local function begin_and_play(self, life, until_ns)
  if not is_fork(self) then
    player.begin(self, life)
    return player.play(self, until_ns)
  end
  fork.begin_life(self, life)
  return fork.play(self, until_ns)
end

local function play_life(self, life, until_ns)
  local ok, err = begin_and_play(self, life, until_ns)
  self.difference = player.leave(self)
  if self.difference or not ok then
    self.difference = failed_journal(self.events, life, self.difference, (self.loop:input()))
  end
  local is_told = self.difference and self.difference.kind ~= "missing"
  if not ok and not is_told then return nil, err end
  return self.loop:damage()
end

-- A fork may end before its market does.
local function is_behind(self, life) return self.is_fork and life.began and life.after >= life.till end

local function play_all(self, until_ns)
  for _, life in ipairs(self.recorded) do
    if is_behind(self, life) then break end
    local ok, err = play_life(self, life, until_ns)
    if not ok then return nil, err end
    if self.difference or self.is_held then return true end
  end
  self.loop:coming()
  local ok, err = self.loop:damage()
  if ok and #self.recorded == 0 then return nil, beginning.nothing(self) end
  return ok, err
end

local function result_of(self, until_ns)
  local events = 0
  for _, life in ipairs(self.lives) do events = events + (life.events or 0) end
  return { same = not self.difference, difference = self.difference, lives = #self.lives, events = events,
    inputs = self.loop:input() - self.removed, stopped_at = self.is_held and until_ns or nil, changed = self.changed,
    begins = beginning.of(self), directory = self.place.directory }
end

-- What came first: the moment that was asked for, or that up to which a fork was played.
local function earlier(until_ns, stages)
  local last = stages[#stages] and stages[#stages].until_ns
  return last and (not until_ns or last < until_ns) and last or until_ns
end

-- replay.run{ directory = or a file of events, a fork's too, until_ns = } → { same =, difference =, lives =, events =,
-- inputs =, changed = files that say something else by now, directory = of the recording, begins = { time =, after =
-- event, is_trimmed = } where that is not with the session's first event }; or nil and a fault: what is recorded cannot
-- be read, or cannot be made again, or `until_ns` is before it.
replay.run = blame(function(options)
  local found, err = find(options.directory)
  if not found then return nil, err end
  local self
  self, err = player.open(found, nil, #found.stages > 0 and { may_loosen = true } or nil)
  if not self then return nil, err end
  local ok, until_ns = true, earlier(options.until_ns, found.stages)
  if options.until_ns then ok, err = beginning.check(self, options.until_ns) end
  if ok then ok, err = play_all(self, until_ns) end
  local result = ok and result_of(self, until_ns)
  if not ok and type(err) == "table" then err.input = (self.loop:input()) end
  player.close(self)
  return result or nil, err
end)

-- replay.simulate{ directory =, store = a new one's path (nil: none is kept), strategy = file, set = { name = value },
-- engine =, until_ns =, latency =, queue = as neap.session's latency_ms and queue } → { store =, events =, lives =,
-- inputs =, marks = by product, at = session time of its end, stopped_at =, changed = as above }; or nil and a fault.
-- The market that was recorded is played to a session on paper. `use(path, result)` sees the store of events while it
-- is there.
replay.simulate = blame(function(options, use) return require "neap.replay.simulate"(options, use) end)

-- replay.compare(options of replay.simulate) → its result with { mode =, recorded =, what_if =, unchanged = figures
-- each, difference =, own_difference =, simulator_difference = }; or nil and a fault. What was recorded in earnest is
-- simulated unchanged, too. As docs/reference/replay.md has it.
replay.compare = blame(function(options) return require("neap.replay.comparison").run(options) end)

-- replay.input(directory, number) → { number =, kind =, time = ns since 1970, segment =, text = its beginning }; of a
-- number without text the next that has some.
function replay.input(directory, number) return look_up.input(directory, number) end

-- replay.origin(directory, { ts_ns =, seq =, client_order_id = }) → the input that this event came of, as `input` has
-- it, and where that is none from the network, as `frame` the newest that was, or the newest that has the order's id in
-- it. Without `seq` it is found by its time alone. nil and a fault: nothing is recorded of that moment.
replay.origin = blame(look_up.origin)

-- replay.trim(directory, before_ns): takes away the recordings of the lives that ended before that moment of the
-- session, but never of one that runs → { lives =, bytes = that went, begins = when what is left begins, after = behind
-- which event; absent: nothing is left }; or nil and a fault.
replay.trim = blame(function(directory, before_ns) return require "neap.replay.trim"(directory, before_ns) end)

return replay
