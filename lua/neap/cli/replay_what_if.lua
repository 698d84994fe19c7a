-- SPDX-License-Identifier: MIT
-- neap replay SESSION --with, --set, --engine: what a what-if came to beside what was recorded.
local clock = require "neap.clock"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local output = require "neap.cli.output"
local telling = require "neap.replay.telling"

-- What backtest answers with exit code 2, and these.
local USAGE = { wrong_type = true, not_a_fraction = true, unknown_method = true, several_strategies = true,
  not_a_time = true, before_all = true, no_such_event = true }

-- ---- JSON -----------------------------------------------------------------------------------------------------------

local function plain(decision)
  if not decision then return nil end
  local made = {}
  for key, value in pairs(decision) do made[key] = value end
  made.ts_ns = nil
  return made
end

local function difference_of(found)
  return found and { number = found.number, time = clock.format(found.ts_ns), before = plain(found.before),
    after = plain(found.after) }
end

local function sums_of(found)
  if not found then return nil end
  local made = {}
  for _, list in ipairs { telling.counts, telling.amounts } do
    for _, name in ipairs(list) do made[name] = found[name] end
  end
  return made
end

local function from_of(told)
  return told.from and { event = told.from.event, time = clock.format(told.from.moment) }
end

local function print_json(name, told, options)
  local marks = {}
  for id, mark in pairs(told.marks) do marks[id] = tostring(mark) end
  output.json { schema = "neap.what_if/1", session = name, mode = told.mode, currency = told.recorded.currency,
    with = options.with, set = flags.pairs(options.set, "--set"), engine = options.engine, lives = told.lives,
    events = told.events, inputs = told.inputs, recorded = sums_of(told.recorded), unchanged = sums_of(told.unchanged),
    what_if = sums_of(told.what_if), difference = difference_of(told.difference),
    own_difference = difference_of(told.own_difference),
    simulator_difference = difference_of(told.simulator_difference), marks = marks, changed = json.array(told.changed),
    at = told.at and clock.format(told.at), ["until"] = told.stopped_at and clock.format(told.stopped_at),
    from = from_of(told), store = told.store, left_out = told.left_out, put_aside = json.array(told.put_aside) }
end

-- ---- the what-if ----------------------------------------------------------------------------------------------------

-- A whole number is an event; anything else is a time.
local function seek(p, text)
  return p:seek(text:match "^%d+$" and "#" .. text or text)
end

local function fork(options, asked)
  local past = require "neap.past"
  local p <close>, err = past.open(asked.path)
  if not p then return nil, err end
  local ok
  ok, err = seek(p, options.from)
  if not ok then return nil, err end
  return past.compare(p, { with = options.with, set = asked.set, engine = options.engine, store = options.store,
    until_ns = asked.until_ns })
end

local function compare(options, asked)
  if options.from then return fork(options, asked) end
  return require("neap.replay").compare { directory = asked.directory, until_ns = asked.until_ns, set = asked.set,
    strategy = options.with and require("neap.base.home").strategy(options.with), engine = options.engine,
    store = options.store }
end

return function(options, until_ns, at, name, args)
  local set, err = flags.pairs(options.set, "--set")
  if not set then return output.fail(err, args, output.USAGE) end
  local told
  told, err = compare(options, { path = at.path, directory = at.directory, until_ns = until_ns, set = set })
  if not told then
    return output.fail(err, args, USAGE[err.code] and output.USAGE or require("neap.cli.backtest").code_of(err))
  end
  if options.json then
    print_json(name, told, options)
    return output.OK
  end
  told.session, told.with, told.set, told.engine, told.kept = name, options.with, set, options.engine, options.store
  for _, line in ipairs(telling.lines(told)) do output.write(line, "\n") end
  return output.OK
end
