-- SPDX-License-Identifier: MIT
-- What specs of the venue's streams share: messages, and frames that are read and checked for their numbers.
local json = require "neap.json"

local streams = {}

local Client = {}
Client.__index = Client

function streams.message(type, channel, ids, token)
  return json.encode { type = type, channel = channel, product_ids = ids and json.array(ids), jwt = token }
end

-- A connection that reads what it is told: :subscribe(channel, ids, token), :frames(), :errors.
function streams.connect(venue)
  return setmetatable({ stream = venue:connect(), next = 0, errors = {} }, Client)
end

function Client:send(text) self.stream:send(text) end
function Client:subscribe(channel, ids, token) self:send(streams.message("subscribe", channel, ids, token)) end
function Client:unsubscribe(channel, ids, token) self:send(streams.message("unsubscribe", channel, ids, token)) end
function Client:close() self.stream:close() end

-- The frames since the last call; of `channel`, if it is given. Errors go to .errors, their texts in order.
function Client:frames(channel)
  local list = {}
  for _, text in ipairs(self.stream:frames()) do
    local frame = assert(json.decode(text))
    if frame.type == "error" then
      self.errors[#self.errors + 1] = frame.message
    else
      assert(frame.sequence_num == self.next, "a number is left out: " .. text)
      self.next = self.next + 1
      if not channel or frame.channel == channel then list[#list + 1] = frame end
    end
  end
  return list
end

-- "channel" or "channel:type", in order.
function Client:told()
  local list = {}
  for i, frame in ipairs(self:frames()) do
    local type = frame.events[1].type
    list[i] = type and frame.channel .. ":" .. type or frame.channel
  end
  return list
end

-- What the last acknowledgement listed.
function Client:subscriptions()
  local list = self:frames "subscriptions"
  return #list > 0 and list[#list].events[1].subscriptions or nil
end

return streams
