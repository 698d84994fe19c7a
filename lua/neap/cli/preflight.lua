-- SPDX-License-Identifier: MIT
-- neap preflight: may this session trade. It asks what `neap run --armed` asks, and what a careful person would; it
-- changes nothing, and posts a test to the alert channels.
local checkup = require "neap.cli.checkup"
local doctor = require "neap.cli.doctor"
local flags = require "neap.cli.flags"
local home_checks = require "neap.cli.preflight_home"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local venue_checks = require "neap.cli.venue_checks"
local account_checks = require "neap.cli.preflight_account"
local venue_flags = require "neap.cli.venue_flags"

local preflight = {
  summary = "Looks whether a session may trade at the venue: GO, REVIEW or NO-GO.",
  usage = "neap preflight [STRATEGY] --product ID [--flags]",
  doc = "Exit code 0: GO; 3: REVIEW, a line says warn and somebody should have read it; 1: NO-GO, a line says fail. " ..
    "Nothing is changed; alert channels get a test.",
  arguments = { { "strategy", optional = true, doc = "a strategy file" } },
  configures = true,
  flags = venue_flags.add {
    { "product", value = "P", many = true, doc = "what is to be traded" },
    { "param", value = "K=V", many = true, doc = "of the strategy" },
    { "cash", value = "N", doc = "that the session is to have, in the quote currency" },
    { "session", value = "NAME", doc = "default the strategy's file name" },
    { "engine", value = "E", choices = { "live", "advanced" }, doc = "that is expected to serve" },
    { "dead-man", value = "DURATION", doc = "that the session is to be run with, or off" },
    { "alert-webhook", value = "URL", doc = "gets a test alert; default NEAP_ALERT_WEBHOOK" },
    { "no-alerts", doc = "nobody is to be told" },
    sessions.flag,
  },
}

local VERDICTS = { GO = output.OK, REVIEW = output.REVIEW, ["NO-GO"] = output.FAILED }

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

local function read(args)
  local given, err = flags.parse(preflight, args)
  if not given then return nil, err end
  for _, id in ipairs(given.product or {}) do
    if not id:match "^%w[%w-]+$" then return usage("--product: '%s' is no product's id", id) end
  end
  if given.cash and not require("neap.decimal").parse(given.cash) then
    return usage("--cash: '%s' is no number", given.cash)
  end
  if given.dead_man then
    local after, wrong = require("neap.run.dead_man").parse(given.dead_man, "--dead-man")
    if not after then return nil, wrong end
  end
  given.session = given.session or given.strategy and given.strategy:match "([^/]*)$":gsub("%.lua$", "")
  given.product = given.product or {}
  given.profile = given.profile or "dev"
  return given
end

-- What is to be known of the account; without a client or a key nothing is.
local function look_at_venue(list, given, venue, loaded)
  local has_key = venue_checks.key(list, venue)
  local client <close>, skew = venue_checks.connect(list, venue, has_key, true)
  if not client then return nil end
  venue_checks.clock(list, skew)
  if not has_key then return list:fail("account", "nobody can be asked for it without a key") end
  local may = venue_checks.permissions(list, client, true)
  if not may then return nil end
  local account = account_checks.look(list, client, given, loaded)
  home_checks.writer(list, given, venue, may)
  return account
end

local function look(given, venue)
  local list = checkup.new()
  local loaded = home_checks.configuration(list, given)
  home_checks.strategy(list, given)
  local account = look_at_venue(list, given, venue, loaded)
  if loaded then home_checks.limits(list, loaded, account and account.equity) end
  if loaded then home_checks.engine(list, given, loaded) end
  doctor.check_store(list, given)
  home_checks.session(list, given, venue)
  home_checks.dead_man(list, given, venue)
  venue_checks.alerts(list, given, true)
  return list
end

local function verdict_of(list)
  if list:count "fail" > 0 then return "NO-GO" end
  return list:count "warn" > 0 and "REVIEW" or "GO"
end

local function tell(list, given, venue, verdict)
  if given.json then
    return output.json { schema = "neap.preflight/1", verdict = verdict, session = given.session, mode = venue.mode,
      venue = venue.base, profile = given.profile, checks = list:document() }
  end
  if not given.quiet then output.write(("preflight: mode %s at %s\n"):format(venue.mode, venue.base)) end
  list:print(given.quiet)
  output.write(("%s: %d ok, %d warn, %d fail\n"):format(verdict, list:count "ok", list:count "warn", list:count "fail"))
end

function preflight.run(args)
  local given, err = read(args)
  local venue
  if given then venue, err = venue_flags.read(given) end
  if not venue then return output.fail(err, args, output.USAGE) end
  local list = look(given, venue)
  local verdict = verdict_of(list)
  tell(list, given, venue, verdict)
  return VERDICTS[verdict]
end

return preflight
