-- SPDX-License-Identifier: MIT
-- Kills a session at random moments while it trades at a local exchange, lets it go on, stops it, and compares its
-- books with the exchange's. `tools/venue_sweep/run [--count N] [--seed N] [--faults none|each|pairs|outages] [--fault
-- TEXT]…`; `--part 1/4`: every fourth of the runs.
local faults = require "tools.venue_sweep.faults"
local outages = require "tools.venue_sweep.outages"
local process = require "tools.venue_sweep.process"
local stage = require "tools.venue_sweep.stage"
local sweep_options = require "tools.sweep_options"

local WORDS = {
  usage = "tools/venue_sweep/run [--count N] [--seed N] [--faults none|each|pairs|outages] [--fault TEXT]... [--keep]",
  options = { faults = "none", texts = {} },
  words = {
    ["--faults"] = function(options, value)
      options.faults = value
      return not faults.plans[value] and "is none, each, pairs or outages"
    end,
    ["--fault"] = function(options, value)
      options.texts[#options.texts + 1] = value
      return not value and "wants a text"
    end,
  },
}

-- What is not at the venue after its grace is lost, and what a session that stops has asked for is waited for half a
-- minute. Where requests are held up for as long now and then, the sweep would be wrong and not the session: it has
-- more grace, and is stopped when all that was held up has arrived. Seconds: a hundred times the least.
local LONGEST_HOLD = 16

-- ---- one run --------------------------------------------------------------------------------------------------------

local function add_faults(run)
  for _, text in ipairs(run.faults) do
    local id, err = run:add_fault(text)
    if not id then return nil, err end
    run.fault_ids[#run.fault_ids + 1] = id
  end
  return true
end

-- An exchange that answers badly may keep a session from beginning: that is said in one line, and nothing is broken.
local function may_fail(run, err)
  return (#run.faults > 0 or run.is_out) and not err:find "internal error" and not err:find "event %d"
end

-- What has begun goes on whatever the exchange does; only what is around it may end it.
local function may_end(run, err) return may_fail(run, err) and run.is_out and run.outage.ends_sessions end

-- Did it live until now, or is it explained why not? has_begun: it said so.
local function lived(run, has_begun)
  if run.session:runs() then return true end
  local _, err = run.session:said()
  if has_begun and not may_end(run, err) or not has_begun and not may_fail(run, err) then
    return nil, ("life %d ended by itself: %s"):format(run.lives, err:sub(-400))
  end
  return true
end

-- Started, and maybe killed before it said so.
local function live_and_die(run)
  run:start_session()
  local has_begun
  if run.random(1, 6) > 1 then
    local ok, err = run.session:wait_for("ready", run.is_out and 5 or 120)
    if not ok and not may_fail(run, err) then return nil, "life " .. run.lives .. ": " .. err end
    has_begun = ok ~= nil
  end
  process.sleep(run.random() * 2)
  local ok, err = outages.begin_first(run)
  if ok then ok, err = lived(run, has_begun) end
  run.session:signal "KILL"
  run.session:wait(10)
  return ok, err
end

-- Some faults keep it from beginning now and then.
local function start_at_last(run)
  local ok, err
  for _ = 1, 12 do
    run:start_session()
    ok, err = run.session:wait_for("ready", 120)
    if ok or not may_fail(run, err) then return ok, err end
  end
  return ok, err
end

local function live_and_stop(run)
  local ok, err = outages.finish(run)
  if ok then ok, err = start_at_last(run) end
  if not ok then return nil, "the last life: " .. err end
  process.sleep(0.5 + run.random())
  ok, err = outages.pass_last(run)
  if not ok then return nil, err end
  for _, id in ipairs(run.fault_ids) do run:remove_fault(id) end
  process.sleep(run.holds_up and LONGEST_HOLD or 5)
  run:stop_the_market()
  return run:stop_session()
end

local function kill_some(run)
  for _ = 1, run.random(1, 3) do
    local ok, err = live_and_die(run)
    if not ok then return nil, err end
  end
  return true
end

local STEPS = { stage.start_exchange, stage.open_client, outages.prepare, add_faults, kill_some, live_and_stop,
  stage.compare }

local function holds_up(case)
  for _, fault in ipairs(case.faults) do
    if fault:find "^latency" then return true end
  end
  return false
end

-- math.random of this process is seeded by the run: the same seed tries the same moments.
local function perform(seed, case, options)
  math.randomseed(seed)
  local run = stage.open { seed = seed, on_stop = seed % 2 == 0 and "flatten" or "cancel" }
  run.holds_up = holds_up(case)
  run.grace = run.holds_up and "10s" or "2s"
  run.faults, run.fault_ids, run.outage, run.random = case.faults, {}, case.outage, math.random
  local ok, err
  for _, step in ipairs(STEPS) do
    ok, err = step(run)
    if not ok then break end
  end
  run:end_all()
  if ok or not options.keep then
    outages.clean(run)
    run:remove()
  end
  return ok, err, run
end

-- ---- all of them ----------------------------------------------------------------------------------------------------

local function line(name, row)
  print(("%-44s %4d runs %4d bad %5d lives %6d orders %6d fills"):format(name, row.runs, row.bad, row.lives, row.orders,
    row.fills))
end

local function add(row, ok, run)
  row.runs, row.lives = row.runs + 1, row.lives + run.lives
  row.orders, row.fills = row.orders + run.orders, row.fills + run.fills
  if not ok then row.bad = row.bad + 1 end
end

-- The runs of one case that are this part's → how many, how many of them bad.
local function perform_case(case, number, options)
  local why = case.outage and case.outage.cannot and case.outage.cannot()
  if why then
    print(("%-44s skipped: %s"):format(case.name, why))
    return 0, 0
  end
  local row = { runs = 0, bad = 0, lives = 0, orders = 0, fills = 0 }
  for i = 1, options.count do
    if (number * options.count + i) % options.of == options.part - 1 then
      local seed = options.seed * 1000003 + number * 1009 + i
      local ok, err, run = perform(seed, case, options)
      add(row, ok, run)
      if not ok then
        print(("BAD seed %d (%s)%s\n    %s"):format(seed, case.name, options.keep and " in " .. run.home or "", err))
      end
    end
  end
  if row.runs > 0 then line(case.name, row) end
  io.stdout:flush()
  return row.runs, row.bad
end

local function main(args)
  local options = sweep_options(args, WORDS)
  local plan = #options.texts > 0 and { { name = table.concat(options.texts, " + "), faults = options.texts } }
    or faults.plans[options.faults]()
  local runs, bad = 0, 0
  print(("seed %d, %d runs of each, part %d of %d"):format(options.seed, options.count, options.part, options.of))
  for number, case in ipairs(plan) do
    local more, worse = perform_case(case, number, options)
    runs, bad = runs + more, bad + worse
  end
  print(("%d passed, %d failed"):format(runs - bad, bad))
  return bad == 0
end

os.exit(main(arg) and 0 or 1, true)
