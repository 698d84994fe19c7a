-- SPDX-License-Identifier: MIT
-- Alerts as JSON to an address, which is a secret: whoever knows it can speak there. No message has more of it than its
-- host.
local blame = require "neap.base.blame"
local clock = require "neap.clock"
local fault = require "neap.base.fault"
local json = require "neap.json"
local slip = require "neap.base.slip"

local webhook = {}

local SECOND = 1000000000
local LONGEST = 60 -- seconds that a post may take
local TURN = 100 -- ms
local AT_ONCE = 4 -- as csrc/net/webhook.h has it

local OPTIONS = { url = true, authorization = true, ca = true, timeout = true }
local LOCAL = { ["127.0.0.1"] = true, localhost = true, ["[::1]"] = true }

-- "https://hooks.example.com/services/T/B/x" → "https://hooks.example.com/****", wherever it stands in a text.
function webhook.mask(text)
  return (text:gsub("(%a+://)([^%s/?#]*)([^%s]*)", function(scheme, host, rest)
    return scheme .. host:gsub("^.*@", "****@") .. (#rest > 1 and "/****" or rest)
  end))
end

-- Of what should be one, whatever it is.
local function mask_whole(url)
  local host, rest = url:match "^(%a+://[%w.:%[%]-]*)(.*)$"
  if rest == "" then return url end
  return host and rest:match "^[/?#]" and host .. "/****" or "****"
end

-- → { base =, path = }, or nil and what is wrong, in words that tell no secret.
function webhook.split(url)
  local scheme, host, rest = url:match "^(%a+)://([^/?#%s]+)([^%s#]*)$"
  if not scheme or scheme ~= "https" and scheme ~= "http" then return nil, "it is not https://HOST/PATH" end
  if host:find "@" then return nil, "it has a user in it: use authorization" end
  if scheme == "http" and not LOCAL[host:match "^(%[.-%])" or host:match "^[^:]*"] then
    return nil, ("only a loopback address is asked without TLS, not %s"):format(host)
  end
  if rest:sub(1, 1) ~= "/" then rest = "/" .. rest end
  return { base = scheme .. "://" .. host, path = rest }
end

-- Whether posts could go there → true, or nil and what is wrong, with no more of it than its host.
function webhook.check(url)
  local parts, why = webhook.split(url)
  if parts then return true end
  return nil, ("%s: %s"):format(mask_whole(url), why)
end

-- What is posted: the alert, the line that a person reads as `text` (chat services show it), and who speaks.
function webhook.body(alert, line, context)
  local document = { schema = "neap.alert/1", id = alert.id, time = clock.format(alert.time), severity = alert.severity,
    code = alert.code, source = alert.source, message = alert.message, repeated = alert.repeated, text = line }
  for name, value in pairs(context or {}) do document[name] = document[name] or value end
  return json.encode(document)
end

-- Of an answer: true; or nil, why, and when again: ns; nil: whenever; false: never.
function webhook.judge(status, retry_after, code, message)
  if status >= 200 and status < 300 then return true end
  if status == 0 then return nil, ("%s: %s"):format(code, message) end
  local passes = status == 408 or status == 425 or status == 429 or status >= 500
  if not passes then return nil, ("it answered %d"):format(status), false end
  return nil, ("it answered %d"):format(status), retry_after > 0 and retry_after or nil
end

local methods = {}

-- Whether one more may be posted.
function methods:has_room() return self.count < AT_ONCE end

-- w:post(body, tag) → true: on its way; or nil, why.
function methods:post(body, tag)
  self.number = self.number + 1
  local ok, err = self.core:post(self.number, body)
  if not ok then return nil, err.message end
  self.tags[self.number], self.count = tag, self.count + 1
  return true
end

-- Goes on, at most `ms` → an iterator of what ended: tag, and what webhook.judge says.
function methods:turn(ms)
  self.core:turn(ms or 0)
  return function()
    local id, status, retry_after, code, message = self.core:next()
    if not id then return nil end
    local tag = self.tags[id]
    self.tags[id], self.count = nil, self.count - 1
    return tag, webhook.judge(status, retry_after, code, message)
  end
end

function methods:file() return self.core:file() end
function methods:due() return self.core:due() end
function methods:close() self.core:close() end

local object = { __index = methods, __close = methods.close }
function object:__tostring() return ("webhook %s, %d under way"):format(self.masked, self.count) end

-- webhook.open{ url =, authorization =, ca = FILE, timeout = seconds } → where posts go; or nil and a fault.
webhook.open = blame(function(given)
  local wrong = type(given) ~= "table" and "options are a table" or slip(given, OPTIONS, "option")
  if wrong then error("webhook.open: " .. wrong, 0) end
  if type(given.url) ~= "string" then error("webhook.open: url is text", 0) end
  local ok, why = webhook.check(given.url)
  if not ok then return nil, fault("bad_url", why) end
  local parts, masked = webhook.split(given.url), mask_whole(given.url)
  local timeout = given.timeout or 5
  if type(timeout) ~= "number" or not (timeout > 0 and timeout <= LONGEST) then
    error(("webhook.open: timeout is a number of seconds up to %d"):format(LONGEST), 0)
  end
  local core, err = require "neap.base.net" "webhook".open(parts.base, parts.path, given.authorization, given.ca,
    math.ceil(timeout * SECOND))
  if not core then return nil, err end
  return setmetatable({ core = core, masked = masked, number = 0, count = 0, tags = {} }, object)
end)

-- Until it has ended → true, or nil and a fault.
local function await(self)
  while true do
    local _, sent, why = self:turn(TURN)()
    if sent then return true end
    if why then return nil, fault("not_delivered", ("%s: %s"):format(self.masked, why)) end
  end
end

-- Posts an alert and waits for its end → true, or nil and a fault: for who wants to know before it matters.
webhook.test = blame(function(given, alert, context)
  local self <close>, err = webhook.open(given)
  if not self then return nil, err end
  local ok, why = self:post(webhook.body(alert, "Neap: " .. alert.message, context), true)
  if not ok then return nil, fault("not_delivered", ("%s: %s"):format(self.masked, why)) end
  return await(self)
end)

return webhook
