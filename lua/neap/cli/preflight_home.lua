-- SPDX-License-Identifier: MIT
-- What preflight looks at on this machine: configuration, strategy, engine, the session as it was left, the lock.
local arming = require "neap.run.arming"
local dead_man = require "neap.run.dead_man"
local files = require "neap.base.files"
local sessions = require "neap.cli.sessions"

local home_checks = {}

local function settings(given)
  local set = {}
  for _, text in ipairs(given.set or {}) do
    local key, value = text:match "^([^=]+)=(.*)$"
    if not key then return nil, ("--set: '%s' is not KEY=VALUE"):format(text) end
    set[key] = value
  end
  return set
end

local function directory_of(given)
  return given.session and ("%s/%s"):format(sessions.directories(given.sessions)[1], given.session)
end

-- → the configuration that the session would go by, or nil.
function home_checks.configuration(list, given)
  local set, wrong = settings(given)
  if not set then return list:fail("config", wrong) end
  local loaded, err = require("neap.config").load { profile = given.profile, set = set,
    places = require("neap.config.place").all(given.profile, directory_of(given)) }
  if not loaded then
    list:fail("config", tostring(err), "neap config check --profile " .. given.profile)
    return nil
  end
  for _, line in ipairs(require "neap.config.advice"(loaded)) do list:warn("config", line) end
  for _, word in ipairs(loaded.hidden) do list:warn("config", require("neap.config").describe_hidden(word)) end
  for _, what in ipairs(loaded.absent) do list:warn("config", "this version has no " .. what) end
  list:ok("config", ("profile %s%s"):format(loaded.profile, loaded.risk_file and ", " .. loaded.risk_file or ""))
  return loaded
end

-- Limits that would hold, and a session that may open something.
function home_checks.limits(list, loaded, equity)
  local wide, limits = arming.wide(loaded.limits, equity), loaded.limits
  for _, words in ipairs(wide) do list:fail("limits", "too wide: " .. words, "--profile prod, or set it") end
  if limits.kill_switch_enabled then
    list:fail("limits", "kill_switch_enabled: nothing may be opened", "neap config set kill_switch_enabled=false")
  elseif limits.reduce_only_mode then
    list:warn("limits", "reduce_only_mode: nothing will be opened", "a profile without it")
  end
  if #wide > 0 then return end
  list:ok("limits", ("a day's loss up to %s, one product %s and all %s of equity, leverage %d"):format(
    tostring(limits.daily_loss_limit), tostring(limits.max_position_pct_per_symbol), tostring(limits.max_exposure_pct),
    limits.max_leverage))
end

function home_checks.engine(list, given, loaded)
  local text = ("%s: %s"):format(loaded.engine, loaded.engine_reason)
  if given.engine and given.engine ~= loaded.engine then
    return list:fail("engine", ("%s, and %s was expected"):format(text, given.engine), "neap engine --profile " ..
      given.profile)
  end
  return list:ok("engine", text)
end

local function params_of(given)
  local params = {}
  for _, text in ipairs(given.param or {}) do
    local key, value = text:match "^([^=]+)=(.*)$"
    if key then params[key] = value end
  end
  return params
end

-- Some bars of a made market, for each product: it loads, its parameters are right, and it does not fail at once.
local function try(given)
  local ids, data = #given.product > 0 and given.product or { "BTC-USD" }, {}
  for i, id in ipairs(ids) do
    data[id] = require "neap.base.market" { seed = i, bars = 200, start = 1735689600000000000, price = 6500000 }
  end
  return require("neap").backtest { strategy = require("neap.base.home").strategy(given.strategy), data = data,
    params = params_of(given), cash = 1000000, profile = "backtest", env = {}, on_log = function() end }
end

function home_checks.strategy(list, given)
  if not given.strategy then return list:skip("strategy", "none was named") end
  local ok, result, err = pcall(try, given)
  if not ok then return list:fail("strategy", tostring(result)) end
  if not result then return list:fail("strategy", tostring(err)) end
  return list:ok("strategy", ("%s runs over a made market: %d orders, %d fills"):format(given.strategy, result.orders,
    result.fills))
end

-- What takes entries back when the session dies: with real money somebody should have said what.
function home_checks.dead_man(list, given, venue)
  local said, is_real = given.dead_man, venue.mode == "armed"
  if said and said ~= "off" then
    return list:ok("dead_man", ("entries are taken back after %s without a sign of life"):format(said))
  end
  local text = said and "off: the entries of a session that dies stay at the venue" or
    ("not said; neap run --armed has it at %s, else it is off"):format(dead_man.default)
  list[is_real and "warn" or "skip"](list, "dead_man", text, "--dead-man " .. dead_man.default)
end

-- Nobody else trades on the account.
function home_checks.writer(list, given, venue, may)
  local account_lock = require "neap.account_lock"
  local free, err = account_lock.is_free { root = sessions.directories(given.sessions)[1], host = venue.host,
    account = account_lock.account_of(may) }
  if free then return list:ok("writer", "no session trades on the account") end
  return list:fail("writer", tostring(err), "stop it first, or use a portfolio of its own")
end

local function check_differences(list, path)
  local found, err = require("neap.cli.reading").read("reconcile", path)
  if found and #found.differences == 0 then return list:ok("books", "no difference is unsettled") end
  if found then
    return list:fail("books", ("%d differences to the account are unsettled"):format(#found.differences),
      "neap reconcile, then --dismiss or --adopt")
  end
  if err.code == "no_venue" then return list:ok("books", "the session was not at a venue yet") end
  return list:fail("books", tostring(err), "neap verify")
end

-- How the session that is to go on was left: its events are whole, its books are settled, it is not halted.
function home_checks.session(list, given, venue)
  local directory = directory_of(given)
  local path = directory and directory .. "/events.db"
  if not path or not files.mode(path) then return list:ok("session", "a new one") end
  if require("neap.run_c").is_served(directory) then
    return list:fail("session", given.session .. " runs already", "neap stop " .. given.session)
  end
  local status, err = require("neap.cli.reading").read("status", path)
  if not status then return list:fail("session", tostring(err), "neap verify " .. given.session) end
  local kept = require("neap.run.place").read_config(directory) or {}
  local same, other = arming.same_place(venue.mode, venue, { mode = status.mode, base = kept.base })
  if not same then return list:fail("session", other.message) end
  if status.trading ~= "normal" then
    list:warn("session", ("%s was left %s: %s"):format(given.session, tostring(status.trading),
      tostring(status.reason)), "neap resume --why, once it runs")
  else
    list:ok("session", ("%s goes on from %s"):format(given.session, tostring(status.now)))
  end
  return check_differences(list, path)
end

return home_checks
