-- SPDX-License-Identifier: MIT
-- neap run: a session on a clock.
local arming = require "neap.run.arming"
local alerting = require "neap.run.alerting"
local backtest = require "neap.cli.backtest"
local core = require "neap.run_c"
local flags = require "neap.cli.flags"
local lists = require "neap.base.lists"
local next_command = require "neap.cli.next_command"
local output = require "neap.cli.output"
local run_venue = require "neap.cli.run_venue"
local run_watch = require "neap.cli.run_watch"
local sessions = require "neap.cli.sessions"
local venue_flags = require "neap.cli.venue_flags"

local run = {
  summary = "Runs a session on a clock: paper trading on bars of a file, or at the venue.",
  usage = "neap run STRATEGY --data [PRODUCT=]FILE [--speed N] [--session NAME] [--flags]\n" ..
    "       neap run STRATEGY --broker coinbase --product ID [--base URL] [--armed] [--flags]",
  doc = "The session is kept in DIR/NAME; run again, it goes on from there, and STRATEGY and --data may be left " ..
    "out. Bars before --from are its history. Without --data the market is the venue's: --broker paper simulates " ..
    "fills, --broker coinbase sends orders to a local exchange (--base), or with --armed in earnest.",
  arguments = { { "strategy", optional = true, doc = "a strategy file" } },
  configures = true,
  flags = {
    { "broker", value = "NAME", choices = { "paper", "coinbase" }, doc = "default paper" },
    { "session", value = "NAME", doc = "default the strategy's file name" },
    { "speed", value = "N",
      doc = "session seconds in one second, or max: as fast as it goes; default 1. At a local exchange: its own" },
    { "once", doc = "one cycle, then stops and keeps its orders" },
    { "dry-run", doc = "one cycle; every order is decided and refused, nothing is kept" },
    { "on-stop", value = "HOW", choices = { "keep", "cancel", "flatten" },
      doc = "of orders and positions; default cancel: exits stay" },
    sessions.flag,
    { "no-alerts", doc = "nobody is told; default: alerts go to the log, to stderr and to the profile's channels" },
    { "alert-webhook", value = "URL", doc = "alerts go there too, as JSON; '${NAME}' is a variable's" },
  },
}
for _, list in ipairs { arming.flags, run_venue.flags, run_watch.flags, venue_flags.list } do
  for _, flag in ipairs(list) do run.flags[#run.flags + 1] = flag end
end

local SAME = { "data", "product", "param", "from", "to", "cash", "fee-bps", "maker-fee-bps", "fees", "fee-tier",
  "slippage-bps", "engine", "order-policy", "bad-bars", "trades", "bars", "latency-ms", "queue" }
for _, flag in ipairs(backtest.flags) do
  if lists.has(SAME, flag[1]) then table.insert(run.flags, #run.flags - 3, flag) end
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
  "trades", "bars", "latency_ms", "queue", "alert_webhook", "history", "grace", "external", "base", "no_record",
  "stream", "ca", "key_file", "dead_man" }

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
  options.data = given.data and {}
  for i, path in ipairs(given.data or {}) do options.data[i] = absolute(path) end
  for _, flag in ipairs { "ca", "key_file" } do options[flag] = given[flag] and absolute(given[flag]) end
  options.order_policy = given.order_policy and absolute(given.order_policy)
  options.alert_webhook = alerting.keepable(given.alert_webhook)
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

-- self.rest: what is left open although it should have gone, in words; nil: nothing is.
local function print_end(name, directory, result, given, self)
  local rest = self.rest
  if given.json then
    output.json { schema = "neap.run/1", session = name, directory = directory, reason = result.reason,
      bars = result.bars_on_clock, equity = tostring(result.final_equity), cash = tostring(result.final_cash),
      currency = result.currency, orders = result.orders, fills = result.fills, rejections = result.rejections,
      left_open = rest, next = rest and next_command(name, given, self.how) }
    return
  end
  output.write(("stopped: %s   %d bars   equity %s %s   orders %d, fills %d\n"):format(result.reason,
    result.bars_on_clock, tostring(result.final_equity), result.currency, result.orders, result.fills))
  if rest then output.write("left open: ", rest, "\nnext: ", next_command(name, given, self.how), "\n") end
end

local function code_of(err)
  if err.exit then return err.exit end
  if err.code == "locked" or arming.codes[err.code] then return output.REFUSED end
  if err.outcome == "unreached" or err.outcome == "in_doubt" then return output.UNREACHABLE end -- it was only asked
  if err.code == "unknown_product" or err.code == "bad_url" then return output.USAGE end
  return backtest.code_of(err)
end

local function options_of(given, speed, name, directory)
  local shown = given
  if run_venue.is_meant(given) then
    shown = {}
    for key, value in pairs(given) do shown[key] = value end
    shown.product = nil
  end
  local options, err = backtest.convert(shown, shown ~= given)
  if not options then return nil, err end
  options.profile = options.profile or "dev"
  return { session = options, name = name, directory = directory, speed = speed, once = given.once,
    dry_run = given.dry_run, on_stop = given.on_stop, facts = { directory = directory, speed = given.speed or "1" } }
end

-- What it is made of beyond its options: the venue, who is told, whether real money may move.
local function open_run(given, options)
  local parts, ok, err
  if run_venue.is_meant(given) then
    parts, err = run_venue.prepare(given, options)
    if not parts then return nil, err end
  else
    ok, err = run_venue.check_place(options, "paper")
    if not ok then return nil, err end
  end
  options.session.alerts, err = alerting.options(given, { directory = options.directory, name = options.name,
    mode = options.session.mode or "paper" })
  if options.session.alerts == nil then return nil, err end
  if parts then
    ok, err = run_venue.judge(given, options, parts)
    if not ok then return nil, err end
  end
  local self
  self, err = require("neap.run").open(options)
  return self, err or parts
end

-- How it was started is what `run --session NAME` and `status` go by: without that, nothing goes.
local function give_up(self, err)
  local stopped = self:give_up(err.message)
  err.message = err.message .. (stopped and "; it was stopped and kept its orders" or "; nor could it be stopped")
  return nil, err
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
  local self, parts = open_run(given, options)
  if not self then
    err = parts
    for _, part in ipairs(options.owned or {}) do part:close() end
    if options.loop then options.loop:close(is_new) end
    if is_new then place.discard(directory) end
    return nil, err
  end
  say(given, first_line(name, self, options.facts))
  if not directory then return self end
  local kept
  kept, err = keep(name, directory, given)
  if kept then kept, err = run_watch.begin(self, given, options, parts) end
  if not kept then return give_up(self, err) end
  options.facts.pid = core.pid()
  say(given, ("ready   pid %d   %s"):format(options.facts.pid, directory))
  return self
end

local function read(args)
  local given, err = flags.parse(run, args)
  if not given then return nil, err end
  local name, directory = find_place(given)
  if not name then return nil, directory end
  local says_data = given.data ~= nil
  given, err = recall(given, directory)
  if given and says_data and given.broker == "coinbase" then
    return usage "--data: the market of --broker coinbase is the venue's; say --broker paper for bars of a file"
  end
  if given and given.armed and given.broker ~= "coinbase" then
    return usage "--armed goes with --broker coinbase: nothing else trades with real money"
  end
  if given and given.broker ~= "coinbase" then
    local off, wrong = run_watch.read(given, "paper")
    if not off then return nil, wrong end
  end
  return given, err or name, directory
end

function run.run(args)
  local given, name, directory = read(args)
  if not given then return output.fail(name, args, output.USAGE) end
  local self, err = start(given, directory and name, directory)
  if not self then return output.fail(err, args, code_of(err)) end
  local result
  result, err = self:go(given.dry_run and function(...) print_dry_run(given, ...) end)
  run_watch.leave(self, result)
  if not result then return output.fail(err, args, code_of(err)) end
  if directory then print_end(name, directory, result, given, self) end
  return self.rest and output.FAILED or output.OK
end

return run
