-- SPDX-License-Identifier: MIT
-- Who is told of a session's alerts: its own log, stderr, what the profile names, and the webhook of the command line.
local fault = require "neap.base.fault"
local fill = require "neap.base.fill"
local lists = require "neap.base.lists"
local profiles = require "neap.config.profile"
local slip = require "neap.base.slip"
local variables = require "neap.config.variables"

local alerting = {}

local VARIABLE = "NEAP_ALERT_WEBHOOK"
local WORDS = { channels = true, cooldown = true, acknowledged = true }

-- The part of a profile; an empty table where it says nothing. What else is wrong with it the session tells.
local function of_profile(name)
  local path = profiles.find(name)
  local data = path and profiles.read(path, function() end)
  local said = data and data.alerts or {}
  local wrong = slip(said, WORDS, "word")
  if not wrong and type(said.channels or {}) ~= "table" then wrong = "channels is a list of { type = … }" end
  if wrong then return nil, fault("bad_profile", "alerts: " .. wrong, path) end
  return said
end

-- Adds to `env` what the texts of a channel ask for.
local function resolve(channel, look, env)
  for _, key in ipairs(lists.sorted_keys(channel)) do
    local value = channel[key]
    for name in (type(value) == "string" and value or ""):gmatch "%${([%w_]+)}" do env[name] = look(name) end
  end
end

-- Names that no other channel has: of two webhooks both are told.
local function name_all(channels)
  local taken = {}
  for i, channel in ipairs(channels) do
    local name = channel.name or channel.type
    channel.name = taken[name] and ("%s %d"):format(name, i) or name
    taken[channel.name] = true
  end
end

local function copy_of(channel)
  local own = {}
  for key, value in pairs(channel) do own[key] = value end
  return own
end

local function channels_of(given, place, said, look)
  local channels = { { type = "log", path = place.directory .. "/run.log" } }
  if not given.quiet then channels[2] = { type = "log", name = "stderr", min = "warning" } end
  for _, channel in ipairs(said.channels or {}) do
    channels[#channels + 1] = type(channel) == "table" and copy_of(channel) or {}
  end
  local url = given.alert_webhook or look(VARIABLE)
  if url then channels[#channels + 1] = { type = "webhook", url = url } end
  name_all(channels)
  return channels
end

-- An address that nothing can be posted to is told before anything else begins.
local function check_webhooks(options)
  for _, channel in ipairs((alerting.outside(options))) do
    local ok, why = require("neap.webhook").check(channel.url)
    if not ok then return nil, fault("bad_url", ("alert channel %s: %s"):format(channel.name, why)) end
  end
  return options
end

-- Of the options of `neap run` and the session's place { directory =, name =, mode = } → what neap.session takes as
-- `alerts`, or false: nobody is told; or nil and a fault.
function alerting.options(given, place)
  if given.no_alerts or not place.directory then return false end
  local said, err = of_profile(given.profile or "dev")
  if not said then return nil, err end
  local look, env = variables(), {}
  local channels = channels_of(given, place, said, look)
  for _, channel in ipairs(channels) do resolve(channel, look, env) end
  return check_webhooks { channels = channels, cooldown = said.cooldown, acknowledged = said.acknowledged, env = env,
    context = { session = place.name, mode = place.mode } }
end

-- Channels that reach somebody who does not look at this machine: a list of { name =, to = (masked), url =, … as they
-- are opened } and one of those that are left out: { name =, variable = }.
function alerting.outside(options)
  local reached, left_out = {}, {}
  for _, channel in ipairs(options and options.channels or {}) do
    if channel.type == "webhook" then
      local whole, missing = fill(channel.url or "", options.env)
      if whole then
        reached[#reached + 1] = { name = channel.name, to = require("neap.webhook").mask(whole), url = whole,
          authorization = channel.authorization and fill(channel.authorization, options.env), ca = channel.ca,
          timeout = channel.timeout }
      else
        left_out[#left_out + 1] = { name = channel.name, variable = missing }
      end
    end
  end
  return reached, left_out
end

-- What may be kept on disk of a --alert-webhook: the name of a variable, never an address.
function alerting.keepable(text) return text and text:match "^%${[%w_]+}$" end

return alerting
