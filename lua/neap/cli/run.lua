-- SPDX-License-Identifier: MIT
-- neap run: a session on a clock.
local backtest = require "neap.cli.backtest"
local core = require "neap.run_c"
local flags = require "neap.cli.flags"
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local run = {
  summary = "Runs a session on a clock: paper trading on bars of a file.",
  usage = "neap run STRATEGY --data [PRODUCT=]FILE [--speed N] [--session NAME] [--flags]",
  doc = "The session is kept in DIR/NAME; run again, it goes on from there, and STRATEGY and --data may be left " ..
    "out. Bars before --from are its history.",
  arguments = { { "strategy", optional = true, doc = "a strategy file" } },
  configures = true,
  flags = {
    { "broker", value = "NAME", choices = { "paper" }, doc = "default paper" },
    { "session", value = "NAME", doc = "default the strategy's file name" },
    { "speed", value = "N", doc = "session seconds in one second, or max: as fast as it goes; default 1" },
    { "once", doc = "one cycle, then stops and keeps its orders" },
    { "dry-run", doc = "one cycle; every order is decided and refused, nothing is kept" },
    { "on-stop", value = "HOW", choices = { "keep", "cancel", "flatten" },
      doc = "of orders and positions; default cancel: exits stay" },
    sessions.flag,
    { "no-alerts", doc = "nobody is told; default: alerts go to the log and to stderr" },
    { "armed", later = true }, { "record", later = true },
  },
}

local SAME = { "data", "product", "param", "from", "to", "cash", "fee-bps", "maker-fee-bps", "fees", "fee-tier",
  "slippage-bps", "engine", "order-policy", "bad-bars", "trades", "bars", "latency-ms", "queue" }
for _, flag in ipairs(backtest.flags) do
  if lists.has(SAME, flag[1]) then table.insert(run.flags, #run.flags - 2, flag) end
end

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

local function read_speed(text)
  if text == nil then return 1 end
  if text == "max" then return 0 end
  local speed = text:match "^%d+%.?%d*$" and tonumber(text)
  if speed and (speed == 0 or speed >= 0.001 and speed <= 1e9) then return speed end
  return usage("--speed: '%s' is no number from 0.001 to 1000000000, nor 0 or max", text)
end

local function absolute(path)
  if path:find "^generated:" then return path end
  local data_of, file = path:match "^([%w_-]+=)(.+)$"
  local name = file or path
  if not name:match "^/" then name = require("neap.base.files").lfs.currentdir() .. "/" .. name end
  return (data_of or "") .. name
end

local function name_of(strategy) return (strategy:match "([^/]*)$":gsub("%.lua$", ""):gsub("[^%w._-]", "_")) end

-- The name of the session and its directory; nil: a dry run, which keeps nothing.
local function find_place(given)
  if given.dry_run then return true end
  local name = given.session
  if not name and given.strategy then name = name_of(given.strategy) end
  if not name then return usage "STRATEGY is missing, or --session NAME of one that was run before" end
  local ok, err = require("neap.run.place").check_name(name)
  if not ok then return usage("%s", err.message) end
  return name, sessions.directories(given.sessions)[1] .. "/" .. name
end

local KEPT = { "strategy", "data", "product", "param", "from", "to", "cash", "fee_bps", "maker_fee_bps", "fees",
  "fee_tier", "slippage_bps", "engine", "order_policy", "bad_bars", "profile", "set", "speed", "on_stop", "broker",
  "trades", "bars", "latency_ms", "queue" }

-- What was not said again is what was said before.
local function recall(given, directory)
  local before = directory and require("neap.run.place").read_config(directory) or {}
  for _, name in ipairs(KEPT) do
    local value = before[name]
    if given[name] == nil then given[name] = math.type(value) and math.tointeger(value) or value end
  end
  if given.strategy then return given end
  return usage("STRATEGY is missing: there is no session %s yet", directory or "")
end

local function keep(name, directory, given)
  local options = {}
  for _, key in ipairs(KEPT) do options[key] = given[key] end
  options.strategy = absolute(require("neap.base.home").strategy(given.strategy))
  options.data = {}
  for i, path in ipairs(given.data) do options.data[i] = absolute(path) end
  options.order_policy = given.order_policy and absolute(given.order_policy)
  options.trades = given.trades and {}
  for i, path in ipairs(given.trades or {}) do options.trades[i] = absolute(path) end
  return require("neap.run.place").write_config(directory, {
    schema = "neap.session_config/1", session = name, pid = core.pid(),
    version = require("neap.cli.main").version, options = options,
  })
end

local LONGEST = 4000 -- bytes: what a pipe with room takes at once

-- Lines go to the session's log, and to stderr unless nobody reads there: a session waits for no reader.
local function logger(given, directory)
  local add = directory and require("neap.run.place").open_log(directory) or function() end
  return function(_, line)
    line = output.clean(line)
    add(line)
    if not given.quiet and core.is_writable(2) then io.stderr:write(line:sub(1, LONGEST), "\n") end
  end
end

-- To the session's log and to stderr, by the operations thread.
local function alerts_of(given, directory)
  if given.no_alerts or not directory then return nil end
  local channels = { { type = "log", path = directory .. "/run.log" } }
  if not given.quiet then channels[2] = { type = "log", name = "stderr", min = "warning" } end
  return { channels = channels }
end

local function say(given, text)
  local stream = given.json and io.stderr or io.stdout
  if given.quiet and given.json then return end
  stream:write(text, "\n")
  stream:flush()
end

local function engine_of(made)
  local engine, reason = made.options.engine, "asked for"
  if not engine then engine, reason = made.risk.engine, made.risk.engine_reason end
  return engine, reason
end

local function first_line(name, self, facts)
  local made = require("neap.session").inside(self.session).made
  local engine, reason = engine_of(made)
  facts.engine, facts.profile = engine, made.options.profile
  return ("session %s: mode %s, engine %s (%s), profile %s, %s%s%s"):format(name or "(dry run)", self.session.mode,
    engine, reason, made.options.profile, self.speed and ("speed %gx"):format(self.speed) or "as fast as it goes",
    self.resumed and ", resumed" or "", self.session.trading ~= "normal" and ", " .. self.session.trading or "")
end

local function orders_of(session)
  local rows = {}
  for i, row in ipairs(session:events { type = "order_intent" }) do
    local decision = session:events({ type = "decision", order = row.client_order_id })[1]
    local reason = decision and decision.body.reason or {}
    rows[i] = {
      order = row.client_order_id, product = row.product, side = row.body.side, type = row.body.type,
      quantity = row.body.quantity or row.body.notional or row.body.fraction, limit = row.body.limit,
      refused = reason.code, why = row.body.why,
    }
  end
  return rows
end

local function print_dry_run(given, session, result)
  local rows = orders_of(session)
  if given.json then
    output.json { schema = "neap.run/1", dry_run = true, bars = result.bars_on_clock,
      orders = require("neap.json").array(rows) }
    return
  end
  output.write(("dry run: one cycle, %d order%s decided, none sent\n"):format(#rows, #rows == 1 and "" or "s"))
  if #rows == 0 then return end
  output.print_columns({ { "product" }, { "side" }, { "type" }, { "quantity", align = "right" },
    { "limit", align = "right" }, { "refused" }, { "why" } }, rows)
end

local function print_end(name, directory, result, given)
  if given.json then
    output.json { schema = "neap.run/1", session = name, directory = directory, reason = result.reason,
      bars = result.bars_on_clock, equity = tostring(result.final_equity), cash = tostring(result.final_cash),
      currency = result.currency, orders = result.orders, fills = result.fills, rejections = result.rejections }
    return
  end
  output.write(("stopped: %s   %d bars   equity %s %s   orders %d, fills %d\n"):format(result.reason,
    result.bars_on_clock, tostring(result.final_equity), result.currency, result.orders, result.fills))
end

local function code_of(err)
  if err.code == "locked" then return output.REFUSED end
  return backtest.code_of(err)
end

local function options_of(given, speed, name, directory)
  local options, err = backtest.convert(given)
  if not options then return nil, err end
  options.profile = options.profile or "dev"
  return { session = options, name = name, directory = directory, speed = speed, once = given.once,
    dry_run = given.dry_run, on_stop = given.on_stop, facts = { directory = directory, speed = given.speed or "1" } }
end

local function start(given, name, directory)
  local speed, err = read_speed(given.speed)
  if not speed then return nil, err end
  local options
  options, err = options_of(given, speed, name, directory)
  if not options then return nil, err end
  local place, is_new = require "neap.run.place", nil
  if directory then
    is_new, err = place.make(directory)
    if is_new == nil then return nil, err end
  end
  options.session.on_log = logger(given, directory)
  options.session.alerts = alerts_of(given, directory)
  local self
  self, err = require("neap.run").open(options)
  if not self then
    if is_new then place.discard(directory) end
    return nil, err
  end
  say(given, first_line(name, self, options.facts))
  if not directory then return self end
  local kept
  kept, err = keep(name, directory, given)
  if not kept then return nil, err end
  options.facts.pid = core.pid()
  say(given, ("ready   pid %d   %s"):format(options.facts.pid, directory))
  return self
end

local function read(args)
  local given, err = flags.parse(run, args)
  if not given then return nil, err end
  local name, directory = find_place(given)
  if not name then return nil, directory end
  given, err = recall(given, directory)
  return given, err or name, directory
end

function run.run(args)
  local given, name, directory = read(args)
  if not given then return output.fail(name, args, output.USAGE) end
  local self, err = start(given, directory and name, directory)
  if not self then return output.fail(err, args, code_of(err)) end
  local result
  result, err = self:go(given.dry_run and function(...) print_dry_run(given, ...) end)
  if not result then return output.fail(err, args, code_of(err)) end
  if directory then print_end(name, directory, result, given) end
  return output.OK
end

return run
