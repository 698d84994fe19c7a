-- SPDX-License-Identifier: MIT
-- The operations thread from Lua: opened with channels, shown a session's events, told what a person says, closed.
local blame = require "neap.base.blame"
local home = require "neap.base.home"
local json = require "neap.json"
local slip = require "neap.base.slip"

local operations = {}

local words = { channels = true, cooldown = true, acknowledged = true, env = true, room = true, context = true }

local function misuse(message, ...) error(message:format(...), 0) end

-- What a thread of its own can be given: no functions.
local function check_channels(channels)
  if channels == nil then return end
  if type(channels) ~= "table" then misuse "operations.open: channels is a list of { type =, … }" end
  for i, channel in ipairs(channels) do
    for word, value in pairs(type(channel) == "table" and channel or {}) do
      if type(value) == "function" then
        misuse("operations.open: channels[%d].%s: a function cannot go to another thread", i, word)
      end
    end
  end
end

-- Where the thread finds what speaks HTTP; nil: no channel does. "": an interpreter has it linked in.
local function net_of(channels)
  for _, channel in ipairs(channels or {}) do
    if type(channel) == "table" and channel.type == "webhook" then
      return package.searchpath("neap_net", package.cpath) or ""
    end
  end
end

-- operations.open{ channels = { { type = "log", path = "a.log" } }, cooldown = 300 } → the thread's object, or nil and
-- a fault. Seconds.
operations.open = blame(function(given)
  given = given or {}
  local wrong = type(given) ~= "table" and "options are a table" or slip(given, words, "option")
  if wrong then misuse("operations.open: %s", wrong) end
  check_channels(given.channels)
  local config = { cooldown = given.cooldown, acknowledged = given.acknowledged, env = given.env,
    channels = given.channels and json.array(given.channels) or nil, context = given.context,
    net = net_of(given.channels) }
  return require("neap.operations_c").open(home.lua, json.encode(config), given.room or 0)
end)

return operations
