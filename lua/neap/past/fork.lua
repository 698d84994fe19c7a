-- SPDX-License-Identifier: MIT
-- What a stored session would have come to if something had been another from a moment of its past on.
local clock = require "neap.clock"
local fault = require "neap.base.fault"
local nearest = require "neap.base.nearest"
local place = require "neap.replay.place"
local scratch = require "neap.replay.scratch"
local slip = require "neap.base.slip"

local fork = {}

local WORDS = { with = "string", set = "table", engine = "string", store = "string", until_ns = "integer" }

local ARTICLES = { string = "a string", table = "a table", integer = "an integer" }

local ENGINES = { "live", "advanced" }

local function misuse(message, ...) error(message:format(...), 0) end

local function check_engine(engine)
  if not engine or require("neap.base.lists").has(ENGINES, engine) then return end
  local near = nearest(engine, ENGINES)
  misuse("fork: engine: '%s' is not one of live, advanced%s", engine,
    near and ("; did you mean '%s'?"):format(near) or "")
end

local function check(options)
  if type(options) ~= "table" then misuse("fork: a table is wanted, not %s", type(options)) end
  local wrong = slip(options, WORDS, "option")
  if wrong then misuse("fork: %s", wrong) end
  for word, kind in pairs(WORDS) do
    local value = options[word]
    local got = kind == "integer" and math.type(value) or type(value)
    if value ~= nil and got ~= kind then misuse("fork: %s is %s, not %s", word, ARTICLES[kind], got or type(value)) end
  end
  for name in pairs(options.set or {}) do
    if type(name) ~= "string" then misuse("fork: set is a table of values by name, not by %s", type(name)) end
  end
  check_engine(options.engine)
end

local function check_moment(own, options)
  if own.state.ended then
    return nil, fault("ended", ("the session had stopped with event %d: a fork leaves it while it runs; go to " ..
      "a moment before that"):format(
      own.state.last_seq), own.path)
  end
  if options.until_ns and options.until_ns < own.moment then
    return nil, fault("before_all", ("%s is before the moment of the fork, %s"):format(clock.format(options.until_ns),
      clock.format(own.moment)))
  end
  return true
end

local printing = { __name = "comparison" }

function printing.__tostring(told) return table.concat(require("neap.replay.telling").lines(told), "\n") end

-- own: of a past → what replay.compare gives of the session that leaves it at that moment, which prints itself; or nil
-- and a fault.
function fork.compare(own, options)
  check(options)
  local whole, err = place.of(own.path, "a fork comes")
  local ok
  if whole then ok, err = check_moment(own, options) end
  if not ok then return nil, err end
  local left = place.at(whole, own.state.last_seq)
  local told, wrong = require("neap.replay").compare { directory = left.directory, place = left, store = options.store,
    set = options.set, strategy = options.with and require("neap.base.home").strategy(options.with),
    engine = options.engine, until_ns = options.until_ns,
    from = { moment = own.moment, seq = own.state.last_seq, event_ns = own.event.ts_ns } }
  if not told then return nil, wrong end
  told.session, told.with, told.set, told.engine = own.event.run, options.with, options.set, options.engine
  local last = left.stages[#left.stages]
  told.of, told.is_before = last and last.event, #left.stages < #whole.stages
  for _, stage in ipairs(left.stages) do -- which has its own text of it
    if stage.strategy then told.changed = {} end
  end
  return setmetatable(told, printing)
end

local function copy(options)
  local made = {}
  for word, value in pairs(options) do made[word] = value end
  return made
end

function fork.close(own)
  local path = own.scratch
  own.scratch, own.scratch_guard = nil, nil
  if path then scratch.remove(path) end
end

-- One that is not kept goes with its past.
local function own_scratch(own, path)
  own.scratch = path
  own.scratch_guard = setmetatable({}, { __gc = function() fork.close(own) end })
end

-- A place for one that is not kept, which goes unless it is owned in the end.
local function make_place(options)
  if options.store then return setmetatable({ store = options.store }, { __close = function() end }) end
  local path, err = scratch.make "a fork"
  if not path then return nil, err end
  return setmetatable({ store = path .. "/fork", scratch = path }, { __close = function(self)
    if not self.is_owned then scratch.remove(path) end
  end })
end

-- open(path of its events, its comparison) → its past, and what `own` is to that; or nil and a fault. → what open
-- gives.
function fork.make(own, options, open)
  check(options)
  local place_of <close>, err = make_place(options)
  if not place_of then return nil, err end
  local asked = copy(options)
  asked.store = place_of.store
  local told
  told, err = fork.compare(own, asked)
  if not told then return nil, err end
  told.kept = options.store
  local made, inside = open(require("neap.backtest.store").events_of(asked.store), told)
  if not made then return nil, inside end
  if place_of.scratch then own_scratch(inside, place_of.scratch) end
  place_of.is_owned = true
  return made
end

return fork
