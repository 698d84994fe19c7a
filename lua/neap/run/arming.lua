-- SPDX-License-Identifier: MIT
-- Before real money moves: what a session is about to do, in words that a person can check, and why it may not.
local fault = require "neap.base.fault"
local alerting = require "neap.run.alerting"

local arming = {}

arming.flags = {
  { "armed", doc = "orders with real money; without it another host than this machine gets none" },
  { "yes", doc = "no question is asked; demanded by --armed where there is no terminal" },
}

-- The faults of arming.judge: exit code 5.
arming.codes = { other_mode = true, no_control = true, no_alert_channel = true, wide_limits = true,
  not_confirmed = true, key_cannot_trade = true, account_locked = true }

-- What a session with `--broker coinbase` is: `venue` is that of neap.cli.venue_flags.
function arming.mode(venue, is_armed)
  if venue.is_local then return "exchange" end
  return is_armed and "armed" or "paper"
end

local function host_of(base) return base and base:match "^%a+://([^/]+)" end

-- A session goes on in the mode and at the host in which it began: what was simulated, or held elsewhere, is no
-- position here. `before`: { mode =, base = }, of the session as it was left; nil: it is new.
-- → true, or nil and a fault.
function arming.same_place(mode, venue, before)
  if not before then return true end
  if before.mode ~= mode then
    local remedy = "give it another --session NAME"
    if before.mode == "armed" then remedy = "give --armed, or another --session NAME" end
    return nil, fault("other_mode", ("the session was run in mode %s, and this would be mode %s: %s"):format(
      before.mode, mode, remedy))
  end
  local host = host_of(before.base)
  if mode ~= "armed" or not host or host == venue.host then return true end
  return nil, fault("other_mode", ("the session traded at %s, not at %s: give it another --session NAME"):format(host,
    venue.host))
end

-- Limits that would not stop a session from losing most of an account: a list of words; empty: none is. `equity`, a
-- decimal, may be nil.
function arming.wide(limits, equity)
  local found = {}
  local function add(text, ...) found[#found + 1] = text:format(...) end
  local loss = limits.daily_loss_limit
  if equity and loss >= equity then
    add("daily_loss_limit %s is not below the account's %s", tostring(loss), tostring(equity))
  elseif loss >= 1000000 then
    add("daily_loss_limit %s", tostring(loss))
  end
  if limits.max_exposure_pct > 10 then add("max_exposure_pct %s", tostring(limits.max_exposure_pct)) end
  if limits.max_position_pct_per_symbol > 1 then
    add("max_position_pct_per_symbol %s", tostring(limits.max_position_pct_per_symbol))
  end
  if limits.slippage_guard_bps == 0 then add "slippage_guard_bps 0 (off)" end
  if limits.error_threshold == 0 then add "error_threshold 0 (off)" end
  if limits.max_mark_staleness_seconds > 3600 then
    add("max_mark_staleness_seconds %d", limits.max_mark_staleness_seconds)
  end
  return found
end

-- ---- what it says ---------------------------------------------------------------------------------------------------

local HOW = { keep = "orders and positions stay as they are", cancel = "entries are cancelled, exits stay",
  flatten = "orders are cancelled, positions closed at the market" }

local EXTERNAL = { adopt = "what somebody else does on this account becomes the session's",
  ignore = "what somebody else does on this account is none of the session's",
  halt = "the session halts when somebody else trades on this account" }

local function percent(fraction) return ("%s %%"):format(tostring(fraction * 100)) end

local function money(cash)
  local parts = {}
  for i, one in ipairs(cash) do
    parts[i] = ("%s %s"):format(one.currency, tostring(one.available))
    local hold = one.hold
    if hold and not hold:is_zero() then parts[i] = ("%s (and %s on hold)"):format(parts[i], tostring(hold)) end
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

-- What a limit is; what there is without one.
local function limit(value, text, without) return value == 0 and without or text:format(tostring(value)) end

local function limit_lines(facts)
  local limits = facts.risk.limits
  local cap = limits.max_trade_value
  return {
    ("profile %s%s"):format(facts.risk.profile, facts.risk.risk_file and ", " .. facts.risk.risk_file or ""),
    ("a day's loss up to %s %s, exposure %s, one product %s of equity, leverage %d"):format(
      tostring(limits.daily_loss_limit), facts.currency or "", percent(limits.max_exposure_pct),
      percent(limits.max_position_pct_per_symbol), limits.max_leverage),
    ("an order up to %s, %s, %s, %s, marks %d s"):format(
      cap:is_zero() and "no limit of its own" or tostring(cap),
      limit(limits.max_orders_per_minute, "%s orders a minute", "any number of orders a minute"),
      limit(limits.slippage_guard_bps, "slippage %s bps", "any slippage"),
      limit(limits.error_threshold, "errors %s in a row", "any number of errors"), limits.max_mark_staleness_seconds),
    limits.reduce_only_mode and "reduce-only: nothing is opened" or nil,
  }
end

local function alert_words(given, facts)
  if given.no_alerts then return "nobody is told (--no-alerts)" end
  local parts = {}
  for i, channel in ipairs((alerting.outside(facts.alerts))) do parts[i] = channel.to end
  parts[#parts + 1] = "run.log"
  return table.concat(parts, ", ")
end

local function account_words(facts)
  local key = facts.key and "key …" .. facts.key:match "[^/]*$":sub(-8) or "no name of a key"
  local may = facts.permissions and facts.permissions.can_transfer and "; the key may also move money away" or ""
  return ("%s at %s, %s%s"):format(facts.account or "unknown", facts.host, key, may)
end

local function dead_man_words(ns)
  if not ns or ns == 0 then return "off: what rests at the venue stays there when this process or its machine dies" end
  return ("entries are cancelled when this process was silent, or the venue out of reach, for %g s; exits stay"):format(
    ns / 1e9)
end

-- The paragraph, a list of lines.
local function describe(given, facts)
  local is_real = facts.mode == "armed"
  local lines = { is_real and ("session %s is about to trade with REAL MONEY"):format(facts.session) or
    ("session %s is about to trade at an exchange of this machine (mode exchange)"):format(facts.session) }
  local function add(name, text) lines[#lines + 1] = ("  %-9s %s"):format(name, text) end
  add("account", account_words(facts))
  add("products", table.concat(facts.products, ", "))
  add("cash", money(facts.cash))
  for i, line in ipairs(limit_lines(facts)) do add(i == 1 and "limits" or "", line) end
  add("engine", ("%s: %s"):format(facts.engine, facts.engine_reason or "asked for"))
  add("on stop", ("%s: %s"):format(facts.on_stop, HOW[facts.on_stop]))
  add("dead man", dead_man_words(facts.dead_man))
  add("external", ("%s: %s"):format(facts.external, EXTERNAL[facts.external] or ""))
  add("alerts", alert_words(given, facts))
  add("control", ("neap kill %s, neap stop %s; %s"):format(facts.session, facts.session, facts.directory))
  return table.concat(lines, "\n")
end

-- ---- why it may not -------------------------------------------------------------------------------------------------

local checks = {}

local function check_control(facts)
  if facts.directory then return true end
  return nil, fault("no_control", "an armed session is kept and can be stopped: a dry run has no control socket")
end

function checks.key(_, facts)
  if not facts.permissions or facts.permissions.can_trade ~= false then return nil end
  return fault("key_cannot_trade", "the key may not trade: give it the permission at the venue, or use another")
end

function checks.alerts(given, facts)
  if given.no_alerts then return nil end
  local reached, left_out = alerting.outside(facts.alerts)
  if #reached > 0 then return nil end
  local first = left_out[1]
  return fault("no_alert_channel", "nobody would hear of an alert but the log" ..
    (first and (": %s wants ${%s}, which is not set"):format(first.name, first.variable) or "") ..
    "; give --alert-webhook URL, or --no-alerts")
end

function checks.limits(_, facts)
  local wide = arming.wide(facts.risk.limits, facts.equity)
  if #wide == 0 then return nil end
  return fault("wide_limits", ("the limits of profile %s are too wide for real money: %s; take --profile prod, or " ..
    "set them"):format(facts.risk.profile, table.concat(wide, "; ")))
end

local ORDER = { "key", "alerts", "limits" }

-- Asks on the terminal; nil where there is none.
local function ask(text)
  local is_terminal = require("neap.session_c").is_terminal
  if not (is_terminal(0) and is_terminal(2)) then return nil end
  io.stderr:write(text, "\n\nType yes to go on: ")
  io.stderr:flush()
  return io.stdin:read "l" or ""
end

local function confirm(given, text, asks)
  if given.yes then return true end
  local answer = asks(text)
  if answer == "yes" then return true end
  return nil, fault("not_confirmed", answer and "it was not confirmed; nothing was sent" or
    "there is no terminal to ask at: look at what it is about to do and give --yes")
end

-- Whether a session that was started with --armed may begin → the paragraph that says what it is about to do, which
-- was shown already where `true` follows it; or nil, a fault whose code is in arming.codes, and the paragraph, where
-- there is one.
--
-- given: no_alerts, yes, of the command line. facts: { session =, directory =, mode = arming.mode's, host =,
-- account = text, key = its name, permissions = { can_trade =, can_transfer = }, products = list of text, cash = list
-- of { currency =, available =, hold = } in decimals, equity = decimal, currency =, risk = neap.config.load's,
-- engine =, engine_reason =, on_stop =, external = adopt, ignore or halt, alerts = neap.run.alerting's }.
-- `asks` (for specs): function(text) → what a person typed, or nil.
function arming.judge(given, facts, asks)
  local kept, dry = check_control(facts)
  if not kept then return nil, dry end
  local text = describe(given, facts)
  for _, name in ipairs(ORDER) do
    local err = checks[name](given, facts)
    if err then return nil, err, text end
  end
  local ok, err = confirm(given, text, asks or ask)
  if not ok then return nil, err, text end
  return text, not given.yes
end

return arming
