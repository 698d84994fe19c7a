-- SPDX-License-Identifier: MIT
-- Keys of the venue's API and what they sign.
local blame = require "neap.base.blame"
local check_options = require "neap.base.check_options"
local lists = require "neap.base.lists"
local signer_c = require "neap.base.net" "signer"

local signer = {}

local LEGACY = { secret = "string", timestamp = "integer", method = "string", path = "string", body = "string",
  channel = "string", products = "table", signature = "string" }

local function misuse(message, ...) error(message:format(...), 0) end

local function need(what, given, ...)
  for _, word in ipairs { ... } do
    if given[word] == nil then misuse("%s: %s is needed", what, word) end
  end
end

-- Timestamp, method, path and body; a WebSocket message has its channel and products in their places.
local function legacy_text(what, given)
  check_options(what, given, LEGACY)
  need(what, given, "secret", "timestamp")
  local stamp = tostring(given.timestamp)
  if given.channel then
    if given.method or given.path or given.body then misuse("%s: a channel has no method, path or body", what) end
    return stamp, "", given.channel, table.concat(given.products or {}, ",")
  end
  need(what, given, "method", "path")
  if given.products then misuse("%s: products go with a channel", what) end
  return stamp, given.method, given.path, given.body or ""
end

-- signer.legacy_sign{ secret =, timestamp = seconds, method =, path =, body = } or { …, channel =, products = } → hex.
signer.legacy_sign = blame(function(given)
  local stamp, method, path, body = legacy_text("legacy_sign", given)
  return signer_c.legacy_sign(given.secret, stamp, method, path, body)
end)

-- The same with the signature that came: true, or nil and a fault.
signer.legacy_check = blame(function(given)
  local stamp, method, path, body = legacy_text("legacy_check", given)
  need("legacy_check", given, "signature")
  return signer_c.legacy_check(given.secret, stamp, method, path, body, given.signature)
end)

-- Keys, in any form that the venue knows; see docs/reference/signer.md.
signer.read_key, signer.open_key = signer_c.read_key, signer_c.open_key
signer.new_key, signer.random = signer_c.new_key, signer_c.random

local VERIFIER = { skew = "integer", hosts = "table", keys = "table" }

local function fill(verifier, given)
  for _, host in ipairs(given.hosts or {}) do
    local ok, err = verifier:allow_host(host)
    if not ok then return nil, err end
  end
  for _, kid in ipairs(lists.sorted_keys(given.keys or {})) do
    local ok, err = verifier:add(kid, given.keys[kid])
    if not ok then return nil, err end
  end
  return verifier
end

-- signer.verifier{ skew = seconds, hosts = { "127.0.0.1:8443" }, keys = { [kid] = key } } → who may call.
signer.verifier = blame(function(given)
  check_options("verifier", given or {}, VERIFIER)
  local verifier, err = signer_c.verifier(given and given.skew or 5)
  if not verifier then return nil, err end
  return fill(verifier, given or {})
end)

return signer
