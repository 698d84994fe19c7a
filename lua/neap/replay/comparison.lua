-- SPDX-License-Identifier: MIT
-- A recorded session beside a what-if of it: what each came to, and the first decision in which they part.
local clock = require "neap.clock"
local decisions = require "neap.replay.decisions"
local event_store = require "neap.event_store"
local places = require "neap.replay.place"
local result = require "neap.pack.result"
local simulate = require "neap.replay.simulate"

local comparison = {}

local FIGURES = { "realized", "fees", "funding", "unrealized" }

-- What a store came to up to that event (nil: all of them); what is open is worth `marks`.
local function figures_of(path, marks, last)
  local state, err = event_store.replay(path, { until_seq = last })
  if not state then return nil, err end
  local known, sums = result.of_state(path, state, marks), {}
  for _, name in ipairs(FIGURES) do sums[name] = known[name] end
  sums.net, sums.currency, sums.mode, sums.ended = known.profit, state.currency, state.mode, state.ended
  sums.orders, sums.fills, sums.refused = state.counts.orders, state.counts.fills, 0
  for _, entry in ipairs(state.rejected) do sums.refused = sums.refused + entry.count end
  return sums
end

local function newest_event(path)
  local rows <close>, err = event_store.events(path, { newest_first = true, limit = 1 })
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  return row and row.seq or 0, err
end

-- The last event of the recorded session that counts: it may run on, and its recording may have ended before it did.
-- Where it is held, what was due since the last input that was played is not made yet.
local function last_event(path, found)
  return event_store.seq_at(path, found.stopped_at and found.at or found.played_to)
end

-- Strategies that failed, and from when on they did nothing any more. In a fork another one is given a seat anew.
local function put_aside(path, options, found)
  local since = options.strategy and found.from and found.from.event + 1 or nil
  local rows <close>, err = event_store.events(path, { type = "strategy_quarantined", since = since })
  if not rows then return nil, err end
  local list = {}
  for row in rows do
    list[#list + 1] = { strategy = row.body.strategy, time = clock.format(row.ts_ns),
      message = row.body.message:match "^[^\n]*", where = row.body.where }
  end
  return list
end

local function copy(options)
  local made = {}
  for name, value in pairs(options) do made[name] = value end
  return made
end

-- The session in earnest once more, by the simulator alone: what the change does is not the simulator's doing.
local function add_unchanged(self, path, what_if)
  local told = self.told
  local err
  told.unchanged, err = figures_of(path, told.marks)
  told.simulator_difference = decisions.difference(self.path, path, self.last)
  told.own_difference = decisions.difference(path, what_if)
  return told.unchanged, err
end

local function add_what_if(self, path, found)
  local told = self.told
  local err
  for name, value in pairs(found) do told[name] = value end
  self.last, err = last_event(self.path, found)
  if err then return nil, err end
  local newest
  newest, err = newest_event(self.path)
  if err then return nil, err end
  if not found.stopped_at and newest > self.last then told.left_out = newest - self.last end
  told.recorded, err = figures_of(self.path, found.marks, self.last)
  if not err then told.what_if, err = figures_of(path, found.marks) end
  if not err then told.put_aside, err = put_aside(path, self.options, found) end
  if err then return nil, err end
  told.mode = told.recorded.mode
  told.difference = decisions.difference(self.path, path, self.last)
  return true
end

-- What raises the fault of a file gives it.
local function catch(ok, found, err)
  if ok then return found, err end
  if type(found) ~= "table" then error(found, 0) end
  return nil, found
end

-- simulate, with what `use` says while the store is there → true; or nil and a fault
local function play(options, use)
  local ok, wrong
  local found, err = simulate(options, function(...) ok, wrong = catch(pcall(use, ...)) end)
  return found and ok, err or wrong
end

-- One that runs has recorded more by now: both are played up to the same moment.
local function unchanged(options, told)
  local made = copy(options)
  if not told.recorded.ended then made.until_ns = options.until_ns or told.played_to end
  made.strategy, made.set, made.engine, made.store = nil, nil, nil, nil
  return made
end

-- Of the one in `found`, stored at `self.path`, beside what was recorded → true; or nil and a fault.
local function beside(self, path, found)
  local is_told, wrong = add_what_if(self, path, found)
  if not is_told or self.told.mode == "paper" then return is_told, wrong end
  return play(unchanged(self.options, self.told), function(own) return add_unchanged(self, own, path) end)
end

-- Of a fork that another one was made of, whose rest is in no store that we have: it is made once more.
local function made_again(options)
  local stage, whole = options.place.stages[#options.place.stages], places.before(options.place)
  return { directory = options.directory, place = whole, made_again = stage,
    from = { moment = stage.moment, seq = stage.event, event_ns = stage.moment } }
end

-- → what neap.replay says of replay.compare.
function comparison.run(options)
  local self = { told = {}, options = options }
  local place = options.place
  local ok, err = play(options, function(path, found)
    self.path = place and place.events or options.directory .. "/events.db"
    if not place or place.is_own then return beside(self, path, found) end
    return play(made_again(options), function(own)
      self.path = own
      return beside(self, path, found)
    end)
  end)
  return ok and self.told or nil, err
end

return comparison
