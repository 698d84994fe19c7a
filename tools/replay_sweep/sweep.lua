-- SPDX-License-Identifier: MIT
-- Records sessions at a local exchange (strategies made at random, faults, kills, commands, configurations, a script
-- that hangs), and replays each: the same events, or it is said where not. `tools/replay_sweep/run [--count N]
-- [--seed N] [--also BUILD] [--keep]`: BUILD, such as build/clang, is the directory of another compiler's core, by
-- which each is replayed, too. `--part 1/4`: every fourth of them.
local faults = require "tools.venue_sweep.faults"
local json = require "neap.json"
local made = require "tools.replay_sweep.made"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local sweep_options = require "tools.sweep_options"

local PRODUCT = "BTC-USD"

local WORDS = {
  usage = "tools/replay_sweep/run [--count N] [--seed N] [--also BUILD] [--keep]",
  words = {
    ["--also"] = function(options, value)
      options.also = value
      return not value and "wants a directory"
    end,
  },
}

-- ---- the exchange ---------------------------------------------------------------------------------------------------

local function start_exchange(run)
  local words = ("exchange --listen 127.0.0.1:0 --state '%s/venue' --seed %d --funds USD=100000,BTC=0 " ..
    "--no-rate-limits --market %s=generated:"):format(run.home, run.seed, PRODUCT)
  for _, text in ipairs(run.faults) do words = words .. (" --fault '%s'"):format(text) end
  run.exchange = process.start(words, run.home .. "/exchange")
  local line, err = run.exchange:wait_for("}", 30)
  if not line then return nil, "the exchange did not start: " .. err end
  run.ready = json.decode(line)
  return true
end

-- ---- the session ----------------------------------------------------------------------------------------------------

local function write_risk(run)
  program.write(run.home .. "/risk.json", json.encode { enable_dynamic_position_sizing = run.random(1, 2) == 1,
    enable_market_impact_guard = run.random(1, 2) == 1, position_sizing_method = "fixed", slippage_guard_bps = 0,
    daily_loss_limit = run.random(100, 100000), max_position_pct_per_symbol = 1, max_exposure_pct = 1 })
end

local function start_session(run)
  local words = ("run '%s' --product %s --session swept --sessions '%s' --base %s --ca '%s' --key-file '%s' " ..
    "--cash 20000 --no-alerts --history %d --on-stop %s --grace 2s --profile dev --broker %s --bars %s"):format(
    run.strategy, PRODUCT, run.home, run.ready.rest, run.ready.cert, run.ready.key_file, run.history,
    run.on_stop, run.broker, run.bars)
  run.lives = run.lives + 1
  run.session = process.start(words, ("%s/life%d"):format(run.home, run.lives),
    ("RISK_CONFIG_PATH='%s/risk.json'"):format(run.home))
end

-- ---- what happens to it ---------------------------------------------------------------------------------------------

local function verb(words)
  return function(run) program.run(("%s --sessions '%s'"):format(words, run.home)) end
end

local acts = {
  verb "kill swept --why sweep", verb "resume swept --why sweep", verb "reduce-only on swept --why sweep",
  verb "reduce-only off swept --why sweep", verb "flatten swept --why sweep", verb "cancel-all swept --why sweep",
  verb "reconcile swept", verb "config set max_leverage=3 --session swept --why sweep",
  verb "config set enable_shadow_engine=true --session swept --why sweep",
  function(run)
    write_risk(run)
    run.session:signal "HUP"
  end,
  function(run)
    write_risk(run)
    process.sleep(1.2)
  end,
}

local function disturb(run)
  for _ = 1, run.random(0, 3) do
    process.sleep(run.random())
    acts[run.random(1, #acts)](run)
  end
end

-- An exchange that answers badly may keep a session from beginning.
local function live(run)
  start_session(run)
  if run.random(1, 8) > 1 and not run.session:wait_for("ready", 60) then return run.session:wait(70) end
  process.sleep(run.random() * 2)
  disturb(run)
end

local function end_life(run, is_last)
  local is_killed = not is_last or run.random(1, 4) == 1
  run.session:signal(is_killed and "KILL" or "TERM")
  if run.session:wait(100) then return true end
  return nil, "the session did not stop"
end

local function live_some(run)
  local count = run.random(1, 3)
  for i = 1, count do
    live(run)
    local ok, err = end_life(run, i == count)
    if not ok then return nil, err end
  end
  return true
end

-- ---- the replay -----------------------------------------------------------------------------------------------------

local function compare(run, core)
  local text, complaint, code = program.run(("replay swept --json --sessions '%s'"):format(run.home), { core = core })
  local found = json.decode(text)
  if found and found.error and found.error.code == "no_such_session" then return true end -- no life came to be
  if not found or found.error then return nil, "no replay: " .. text .. complaint end
  run.events, run.inputs = found.events, found.inputs
  if code == 0 and found.same then return true end
  return nil, text:sub(1, 1500)
end

local function compare_also(run)
  if not run.also then return true end
  local ok, err = compare(run, run.also)
  if ok then return true end
  return nil, ("by %s: %s"):format(run.also, err)
end

local STEPS = { start_exchange, live_some, compare, compare_also }

local function finish(run, keep)
  if run.session then run.session:signal "KILL" end
  if run.exchange then run.exchange:signal "KILL" end
  if not keep then program.remove(run.home) end
end

-- One in eight hangs now and then, one in eight is the other sweep's, the others are made.
local function choose_strategy(run)
  local kind = run.random(1, 8)
  if kind == 1 then return program.root .. "/tools/replay_sweep/stubborn.lua" end
  if kind == 2 then return program.root .. "/tools/venue_sweep/trader.lua" end
  return program.write(run.home .. "/made.lua", made.text(run.random))
end

local function new_run(seed, also)
  math.randomseed(seed)
  local run = { seed = seed, home = program.directory(), random = math.random, lives = 0, events = 0, inputs = 0,
    faults = {}, history = math.random(0, 1) * 20, on_stop = math.random(1, 2) == 1 and "cancel" or "flatten",
    broker = math.random(1, 5) == 1 and "paper" or "coinbase", bars = math.random(1, 3) == 1 and "1m" or "1s",
    also = also }
  run.strategy = choose_strategy(run)
  local plan = faults.plans.each()
  for _ = 1, math.random(0, 2) do run.faults[#run.faults + 1] = plan[math.random(1, #plan)].faults[1] end
  write_risk(run)
  return run
end

local function perform(seed, options)
  local run = new_run(seed, options.also)
  local ok, err
  for _, step in ipairs(STEPS) do
    ok, err = step(run)
    if not ok then break end
  end
  finish(run, options.keep and not ok)
  return ok, err, run
end

local function main(args)
  local options = sweep_options(args, WORDS)
  local passed, failed, lives, events, inputs = 0, 0, 0, 0, 0
  for i = 1, options.count do
    if i % options.of == options.part - 1 then
      local ok, err, run = perform(options.seed * 1000003 + i, options)
      passed, failed = passed + (ok and 1 or 0), failed + (ok and 0 or 1)
      lives, events, inputs = lives + run.lives, events + run.events, inputs + run.inputs
      if not ok then
        print(("BAD seed %d, %s, %s, faults %s%s\n    %s"):format(run.seed, run.broker, run.strategy,
          table.concat(run.faults, " "), options.keep and " in " .. run.home or "", err))
        io.stdout:flush()
      end
    end
  end
  print(("part %d of %d: %d lives, %d events, %d inputs"):format(options.part, options.of, lives, events, inputs))
  print(("%d passed, %d failed"):format(passed, failed))
  return failed == 0
end

os.exit(main(arg) and 0 or 1, true)
