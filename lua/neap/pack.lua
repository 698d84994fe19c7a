-- SPDX-License-Identifier: MIT
-- A proof pack: one file that says what a session was, and lets who has nothing but the file check it.
local blame = require "neap.base.blame"
local core = require "neap.pack_c"
local slip = require "neap.base.slip"

local pack = {}

local function misuse(message, ...) error(message:format(...), 0) end

local function check_options(what, options, kinds)
  if type(options) ~= "table" then misuse("%s: options are a table", what) end
  local wrong = slip(options, kinds, "option")
  if wrong then misuse("%s: %s", what, wrong) end
  for name, value in pairs(options) do
    if type(value) ~= kinds[name] then misuse("%s: %s is a %s, not %s", what, name, kinds[name], type(value)) end
  end
end

local function check_path(what, path)
  if type(path) ~= "string" then misuse("%s: a path is wanted, not %s", what, type(path)) end
end

local WRITES = { code = "boolean", inputs = "boolean", over = "boolean", data = "table", strategies = "table" }

-- pack.write(path of a session's events, to, { code = false, inputs = true, over = true, data = { "BTC-USD=FILE" },
-- strategies = { "FILE" } }) → the report of pack.verify; or nil and a fault. Whole and verified, or not at all.
pack.write = blame(function(path, to, options)
  options = options or {}
  check_path("pack.write", path)
  check_path("pack.write", to)
  check_options("pack.write", options, WRITES)
  return require("neap.pack.writer").write(path, to, options)
end)

local function check_hex(name, text)
  if text and not (#text == 64 and text:match "^%x+$") then
    misuse("pack.verify: %s is the 64 hexadecimal digits that were noted", name)
  end
end

local NOTED = { head = "string", pack = "string" }

-- pack.verify(path, { head =, pack = }) → { checks = { { check =, found = } }, figures =, manifest =, digest =, … }; or
-- nil, a fault that names the first thing that is wrong, and the checks before it.
pack.verify = blame(function(path, options)
  options = options or {}
  check_path("pack.verify", path)
  check_options("pack.verify", options, NOTED)
  check_hex("head", options.head)
  check_hex("pack", options.pack)
  return require "neap.pack.examine"(path, options)
end)

-- pack.is_pack(path) → true or false; or nil and a fault: it is not even a store.
pack.is_pack = blame(function(path)
  check_path("pack.is_pack", path)
  local opened, err = core.open(path)
  if opened then opened:close() end
  if opened or err.code == "not_a_pack" then return opened ~= nil end
  return nil, err
end)

-- pack.read(path, name) → the bytes of a part, such as "manifest.json"; or nil and a fault.
pack.read = blame(function(path, name)
  check_path("pack.read", path)
  check_path("pack.read", name)
  local opened <close>, err = core.open(path)
  if not opened then return nil, err end
  return opened:read(name, 1 << 30)
end)

return pack
