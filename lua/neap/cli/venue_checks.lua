-- SPDX-License-Identifier: MIT
-- What doctor and preflight both look at: the key, the venue, its clock, who hears an alert. Nothing is changed there.
local alerting = require "neap.run.alerting"
local files = require "neap.base.files"
local venue_flags = require "neap.cli.venue_flags"

local venue_checks = {}

local SECOND, MS = 1000000000, 1000000
local WARN_SKEW, FAIL_SKEW = 1 * SECOND, 5 * SECOND

local function check_mode(list, venue)
  local mode = files.lfs.attributes(venue.key_file, "permissions")
  if not mode or mode:sub(4) == "------" then return true end
  if venue.is_local then return true end
  list:fail("key file", ("%s may be read by others (%s)"):format(venue.key_file, mode), "chmod 600 " .. venue.key_file)
  return false
end

-- → whether there is a key that can sign.
function venue_checks.key(list, venue)
  local signer = require "neap.signer"
  if not venue_flags.has_key(venue) then
    list:warn("key", "none was named", "--key-file FILE, or COINBASE_KEY_FILE")
    return false
  end
  if venue.legacy_key then return list:ok("key", "a legacy key, from " .. venue.sources.key) end
  if venue.key_file and not check_mode(list, venue) then return false end
  local key, err = (venue.key_file and signer.open_key or signer.read_key)(venue.key_file or venue.key)
  if not key then return list:fail("key", tostring(err), "the file as the venue's portal gives it") end
  local kind, is_private = key:kind(), key:is_private()
  key:close()
  if not is_private then return list:fail("key", "it is only the public half", "the file with the private key") end
  return list:ok("key", ("%s, from %s"):format(kind, venue.sources.key_file or venue.sources.key))
end

local REMEDY = {
  tls = "a certificate that nobody here trusts: apt-get install ca-certificates; of a local exchange --ca FILE",
  unreachable = "no way there, no name server, or a firewall; of a local exchange: is it running",
  timeout = "no way there, or a firewall", clock_skew = "set the clock: chrony or systemd-timesyncd",
}

-- How far the venue's clock is ahead of this one: what it says against the middle of the question, ns; nil: it did not
-- say.
local function skew_of(answer, began, ended)
  local ms = type(answer) == "table" and tonumber(answer.epochMillis)
  return ms and math.tointeger(ms) and math.tointeger(ms) * MS - (began + (ended - began) // 2)
end

-- The venue's clock, asked without a key → a client, which the caller closes, and the clock's skew; nil: it was not
-- reached, which is bad where it `is_needed`.
function venue_checks.connect(list, venue, has_key, is_needed)
  local options = venue_flags.client_options(venue)
  if not has_key then options.key_file, options.key, options.legacy_key, options.legacy_secret = nil, nil, nil, nil end
  options.tries = 2
  local client, err = require("neap.coinbase").open(options)
  if not client then return list:fail("venue", tostring(err)) end
  local clock = require("neap.clock").real()
  local began = clock:now()
  local answer
  answer, err = client:time()
  if answer then
    local skew = skew_of(answer, began, clock:now())
    local is_safe = venue.base:find "^https"
    list:ok("venue", ("%s answers%s"):format(venue.base, is_safe and ", its certificate is good" or ""))
    return client, skew
  end
  client:close()
  local is_away = err.code == "unreachable" or err.code == "timeout"
  local state = is_away and not is_needed and "warn" or "fail"
  list[state](list, "venue", ("%s: %s (%s)"):format(venue.base, err.message, err.code), REMEDY[err.code])
end

function venue_checks.clock(list, skew)
  if not skew then return list:skip("clock", "the venue did not say its time") end
  local size, text = math.abs(skew), ("%+.3f s to the venue's"):format(-skew / SECOND)
  local remedy = "set the clock: chrony or systemd-timesyncd"
  if size < WARN_SKEW then return list:ok("clock", text) end
  if size < FAIL_SKEW then return list:warn("clock", text, remedy) end
  return list:fail("clock", text .. ": the venue refuses tokens of another time", remedy)
end

-- → what the key may do, as the venue says; nil: it was not told.
function venue_checks.permissions(list, client, is_needed)
  local answer, err = client:key_permissions()
  if not answer then
    local remedy = err.code == "auth" and "the venue does not know the key, or it was revoked" or nil
    list:fail("permissions", tostring(err), remedy)
    return nil
  end
  local bad, lacks = is_needed and "fail" or "warn", nil
  if answer.can_trade ~= true then lacks = "trade" end
  if answer.can_view ~= true then lacks = "view" end
  if lacks then
    list[bad](list, "permissions", ("the key may not %s"):format(lacks), "change it at the venue, or use another")
  elseif answer.can_transfer == true then
    list:warn("permissions", "the key may view, trade and also move money away", "make one that may not transfer")
  else
    list:ok("permissions", "the key may view and trade, not move money away")
  end
  return answer
end

local function post(list, channel)
  local ok, err = require("neap.webhook").test({ url = channel.url, authorization = channel.authorization,
    ca = channel.ca, timeout = channel.timeout }, { code = "test", source = "neap", severity = "info", id = "test",
    message = "a test of this alert channel", time = require("neap.clock").real():now() })
  if ok then return list:ok("alerts", channel.to .. " took a test alert") end
  return list:fail("alerts", err.message, "look at the address and at the service behind it")
end

-- Each channel that leaves the machine gets a test. `is_needed`: a session that is armed wants one.
function venue_checks.alerts(list, given, is_needed)
  if given.no_alerts then return list:warn("alerts", "nobody is told (--no-alerts)") end
  local options, err = alerting.options({ profile = given.profile, alert_webhook = given.alert_webhook, quiet = true },
    { directory = "." })
  if not options then return list:fail("alerts", tostring(err)) end
  local reached, left_out = alerting.outside(options)
  for _, one in ipairs(left_out) do
    list:warn("alerts", ("%s is left out: ${%s} is not set"):format(one.name, one.variable))
  end
  for _, channel in ipairs(reached) do post(list, channel) end
  if #reached > 0 then return true end
  local remedy = "--alert-webhook URL, or NEAP_ALERT_WEBHOOK"
  if is_needed then return list:fail("alerts", "none would leave this machine", remedy .. "; or --no-alerts") end
  return list:warn("alerts", "none would leave this machine", remedy)
end

return venue_checks
