-- SPDX-License-Identifier: MIT
-- Hours of a market on a fast clock: a session trades at a local exchange and loses it each hour; what both take is
-- looked at each ten minutes, and does not grow behind the warm-up. In the end the books are equal.
-- `tools/venue_soak/run [--hours N] [--every MINUTES] [--pause DURATION] [--pace N] [--seed N] [--keep]`; --every: from
-- one disconnect to the next; --pause: from one turn of the strategy to the next; --pace: seconds in one, at most.
local disconnects = require "tools.venue_soak.disconnects"
local event_store = require "neap.event_store"
local governor = require "tools.fast_clock.governor"
local clock = require "tools.fast_clock.clock"
local measure = require "tools.venue_soak.measure"
local stage = require "tools.venue_sweep.stage"

local LOOK = 600 -- seconds
local LEAST_LOOKS = 4 -- behind the warm-up
-- Orders until what is bounded is full: 4 MB of latest events, SQLite's pages, what Lua lets lie.
local WARM_UP = 1500
local LEAST_PACE = 4
local MOST_GROWTH, MOST_TREND = 2048, 1024 -- KB: most behind the warm-up; between the medians of its halves
local MOST_PER_ORDER = 4 -- KB: the exchange keeps every order, for it may be asked for

local function usage(why)
  io.stderr:write("venue_soak: ", why, "\nusage: tools/venue_soak/run [--hours N] [--every MINUTES] ",
    "[--pause DURATION] [--pace N] [--seed N] [--keep]\n")
  os.exit(2)
end

local function read_options(args)
  local options = { hours = 24, every = 60, pace = 120, seed = 1, pause = "20s" }
  local at = 1
  while args[at] do
    local name, value = args[at]:match "^%-%-(%a+)$", args[at + 1]
    if name == "keep" then
      options.keep, at = true, at - 1
    elseif name == "pause" then
      options.pause = value or usage "--pause wants a duration"
    elseif options[name] then
      options[name] = math.tointeger(tonumber(value)) or usage(args[at] .. " wants a number")
    else
      usage("unknown word " .. args[at])
    end
    at = at + 2
  end
  return options
end

-- ---- the hours ------------------------------------------------------------------------------------------------------

local function pass(run, seconds)
  run.governor:pass(seconds, { run.stage.session.pid, run.stage.exchange.pid })
end

-- The latest event of a kind in the session's store.
local function latest(run, kind)
  local path = run.stage:directory() .. "/events.db"
  local rows <close> = assert(event_store.events(path, { type = kind, newest_first = true, limit = 1 }))
  return rows:next()
end

local ROW = "%5s  %6s  %6s  | %6s %6s %4s %4s %7s  | %6s %6s %4s %7s   %s"

local function say(text) io.stdout:write(text, "\n"):flush() end

local function head()
  say "  of the exchange behind the second bar: MB resident, of it without a file behind; files; MB on disk"
  say(ROW:format("hours", "real s", "orders", "MB", "own", "fd", "thr", "disk", "MB", "own", "fd", "disk", ""))
end

local function mb(kb) return ("%.1f"):format(kb / 1024) end

local function look(run, hours)
  if not run.stage.session:runs() then
    return nil, "the session ended: " .. select(2, run.stage.session:said()):sub(-400)
  end
  local session, exchange = measure.program(run.stage.session.pid), measure.program(run.stage.exchange.pid)
  local order, fill = latest(run, "order_intent"), latest(run, "order_filled")
  local orders = order and order.body.number or 0
  say(ROW:format(("%.2f"):format(hours), ("%.0f"):format(clock.machine_seconds() - run.began), orders, mb(session.kb),
    mb(session.own_kb), session.files, session.threads, mb(measure.size(run.stage:directory()) / 1024),
    mb(exchange.kb), mb(exchange.own_kb), exchange.files, mb(measure.size(run.stage.home .. "/venue") / 1024),
    run.lost or ""))
  run.lost = nil
  run.looks[#run.looks + 1] = { hours = hours, session = session, exchange = exchange, orders = orders,
    fill = fill and fill.seq }
  return true
end

local function lose(run)
  local kind = disconnects.kinds[run.disconnects % #disconnects.kinds + 1]
  run.disconnects, run.lost = run.disconnects + 1, kind[1]
  return kind[2](run, function(seconds) pass(run, seconds) end)
end

local function soak(run)
  local begun = clock.seconds()
  head()
  for at = LOOK, run.hours * 3600, LOOK do
    pass(run, begun + at - clock.seconds())
    local ok, err = look(run, at / 3600)
    if ok and at % (run.every * 60) == 0 and at < run.hours * 3600 then ok, err = lose(run) end
    if not ok then return nil, err end
  end
  return true
end

-- ---- what came of it ------------------------------------------------------------------------------------------------

local function after_warm_up(run)
  local list = {}
  for _, one in ipairs(run.looks) do
    if one.orders >= WARM_UP then list[#list + 1] = one end
  end
  return list
end

local function field(looks, who, name)
  local list = {}
  for i, one in ipairs(looks) do list[i] = one[who][name] end
  return list
end

local function judge(run, ok, text, ...)
  local kind = ok and "passed" or "failed"
  run[kind] = run[kind] + 1
  say((ok and "ok      " or "FAILED  ") .. text:format(...))
end

local function judge_memory(run, looks)
  local kb = field(looks, "session", "kb")
  local earlier, later = measure.halves(kb)
  local most, trend = math.max(table.unpack(kb)), measure.median(later) - measure.median(earlier)
  judge(run, most - kb[1] < MOST_GROWTH, "session: %s MB after %d orders, %s the most behind them", mb(kb[1]),
    looks[1].orders, mb(most))
  judge(run, trend < MOST_TREND, "session: %+d KB from the median of the first half of that to that of the second",
    trend)
  local last, orders = looks[#looks], looks[#looks].orders - looks[1].orders
  local grown = last.exchange.kb - looks[1].exchange.kb
  judge(run, grown < MOST_GROWTH + MOST_PER_ORDER * orders, "exchange: %+d KB with %d orders asked of the session",
    grown, orders)
end

-- A look may meet a connection that comes or goes.
local function judge_files(run, looks)
  for _, who in ipairs { "session", "exchange" } do
    local earlier, later = measure.halves(field(looks, who, "files"))
    local before, behind = measure.median(earlier), measure.median(later)
    judge(run, behind <= before + 1, "%s: %d open files, the median of the first half, and %d of the second", who,
      before, behind)
  end
  local threads = field(looks, "session", "threads")
  judge(run, math.max(table.unpack(threads)) == threads[1], "session: %d threads, at most %d", threads[1],
    math.max(table.unpack(threads)))
end

local function judge_trading(run)
  local resting = 0
  for i = 2, #run.looks do
    if run.looks[i].fill == run.looks[i - 1].fill then resting = resting + 1 end
  end
  judge(run, resting == 0, "%d of %d looks saw no new fill", resting, #run.looks)
end

local function judge_all(run)
  local looks = after_warm_up(run)
  judge_trading(run)
  if #looks < LEAST_LOOKS then
    return judge(run, false, "%d looks behind the first %d orders, which are too few", #looks, WARM_UP)
  end
  judge_memory(run, looks)
  judge_files(run, looks)
end

-- ---- from the beginning to the end ----------------------------------------------------------------------------------

local function begin(run)
  local ok, err = run.stage:start_exchange()
  if ok then ok, err = run.stage:open_client() end
  if not ok then return nil, err end
  run.stage:start_session(("--set daily_loss_limit=1000000 --param pause=%s"):format(run.pause))
  ok, err = run.stage.session:wait_for("ready", 60)
  run.governor = governor.new(run.pace, LEAST_PACE)
  return ok, err
end

local function finish(run)
  run.governor:slow_down()
  run.stage:stop_the_market()
  local ok, err = run.stage:stop_session()
  if ok then ok, err = run.stage:compare() end
  if not ok then return nil, err end
  judge(run, true, "books: %d orders and %d fills, equal after %d disconnects", run.stage.orders, run.stage.fills,
    run.disconnects)
  return true
end

local function main(options)
  local run = setmetatable({ looks = {}, disconnects = 0, passed = 0, failed = 0, began = clock.machine_seconds(),
    stage = stage.open { seed = options.seed, on_stop = "cancel" } }, { __index = options })
  local ok, err
  for _, part in ipairs { begin, soak, finish } do
    ok, err = part(run)
    if not ok then break end
  end
  if ok then
    judge_all(run)
  else
    judge(run, false, "%s%s", err, options.keep and ", in " .. run.stage.home or "")
  end
  run.stage:end_all()
  if not options.keep then run.stage:remove() end
  say(("%d passed, %d failed"):format(run.passed, run.failed))
  return run.failed == 0
end

os.exit(main(read_options(arg)) and 0 or 1, true)
