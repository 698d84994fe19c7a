-- SPDX-License-Identifier: MIT
-- Coinbase's REST API: every endpoint a method, signed and paced by the C half; an answer is waited for.
local blame = require "neap.base.blame"
local check_options = require "neap.base.check_options"
local endpoints = require "neap.coinbase.endpoints"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local net = require "neap.base.net"
local pages = require "neap.coinbase.pages"
local recording = require "neap.session.recording"
local request = require "neap.coinbase.request"

local coinbase = {}

local VENUE = "https://api.coinbase.com"

local OPTIONS = { base = "string", ca = "string", key_file = "string", key = "string", key_name = "string",
  legacy_key = "string", legacy_secret = "string", sign_host = "string", loop = "userdata", seed = "integer",
  tries = "integer", private_rate = "integer", public_rate = "integer" }

local CALL = { method = "string", path = "string", query = "table", body = "table", repeat_ = "string",
  public = "boolean", urgent = "boolean", patience = "integer" }

local function misuse(message, ...) error(message:format(...), 0) end

local client = {}

-- ---- answers --------------------------------------------------------------------------------------------------------

local function wait_for(self, id)
  local core, loop = self.core, self.loop
  while true do
    local reply = core:answer(id)
    if reply then return reply end
    if loop then
      loop:turn(core:next())
      recording.note(loop, "client", "tick")
      core:tick()
    else
      core:turn()
    end
  end
end

local function failed(asked, reply)
  local err = fault(reply.code, reply.message, asked.method .. " " .. asked.path)
  err.outcome, err.tries = reply.outcome, reply.tries
  if reply.status ~= 0 then err.status = reply.status end
  if reply.reason ~= "" then err.reason = reply.reason end
  return nil, err
end

local function decoded(asked, reply)
  if reply.body == "" then return {} end
  local answer, err = json.decode(reply.body, { numbers = "text" })
  if type(answer) == "table" then return answer end
  err = err or ("the answer, HTTP %d, is no object"):format(reply.status)
  return failed(asked, { code = "bad_answer", message = tostring(err), outcome = "in_doubt", tries = reply.tries,
    status = reply.status, reason = "" })
end

local function core_of(self)
  if not self.core then misuse "the client is closed" end
  return self.core
end

-- What the C half was to ask → the decoded answer, or nil and a fault.
local function ask(self, asked)
  local core = core_of(self)
  recording.note(self.loop, "client", "ask", asked)
  local id, err = core:ask(asked)
  if not id then return nil, err end
  local reply = wait_for(self, id)
  if reply.outcome ~= "done" then return failed(asked, reply) end
  return decoded(asked, reply)
end

-- ---- methods --------------------------------------------------------------------------------------------------------

-- client:call{ method = "GET", path =, query = {…}, body = {…}, repeat_ = "read" "safe" "order", public =, urgent =,
-- patience = ns } → the decoded answer, or nil and a fault. Numbers that are not whole are text.
client.call = blame(function(self, given)
  check_options("call", given, CALL)
  if not given.method or not given.path then misuse "call: method and path are needed" end
  local body = given.body and request.body("call", given.body)
  return ask(self, { method = given.method, path = given.path, query = given.query and request.query(given.query),
    body = body, repeats = given.repeat_ or (given.method == "GET" and "read" or "order"),
    public = given.public, urgent = given.urgent, patience = given.patience })
end)

for _, name in ipairs(lists.sorted_keys(endpoints)) do
  local endpoint = endpoints[name]
  client[name] = blame(function(self, given) return ask(self, request.make(endpoint, given)) end)
end

local function listed(name)
  local names = {}
  for _, word in ipairs(lists.sorted_keys(endpoints)) do
    if endpoints[word].list then names[#names + 1] = word end
  end
  if endpoints[name] and endpoints[name].list then return endpoints[name] end
  local near = type(name) == "string" and nearest(name, names)
  misuse("each: no list '%s'; %s", tostring(name), near and ("did you mean '%s'?"):format(near)
    or "known: " .. table.concat(names, ", "))
end

-- client:each "orders" { … } → for item, err in …: item is false where a page failed.
client.each = blame(function(self, name)
  local endpoint = listed(name)
  return blame(function(given)
    request.make(endpoint, given)
    return pages(endpoint.list, function(options) return ask(self, request.make(endpoint, options)) end, given)
  end)
end)

-- client:skew() → by how many ns the venue's clock is ahead of the machine's, and whether that is known.
client.skew = blame(function(self) return core_of(self):skew() end)

-- client:key_name() → as the venue knows the key; nil: there is none, or nobody said its name. It is no secret.
client.key_name = blame(function(self)
  core_of(self)
  return self.name or nil
end)

function client:close()
  if not self.core then return end
  self.core:close()
  if self.key then self.key:close() end
  self.core, self.key = false, false
end

local shape = { __close = client.close, __gc = client.close }

function shape.__index(_, name)
  if client[name] ~= nil then return client[name] end
  local near = type(name) == "string" and nearest(name, lists.sorted_keys(client))
  if near then error(("the client has no '%s'; did you mean '%s'?"):format(name, near), 2) end
end

function shape:__tostring()
  return ("client of %s%s"):format(self.base, self.core and "" or ", closed")
end

-- ---- opening --------------------------------------------------------------------------------------------------------

local function is_loopback(base)
  local host = base:match "^%a+://(%[.-%])" or base:match "^%a+://([^:/]+)"
  return host == "127.0.0.1" or host == "localhost" or host == "[::1]"
end

-- Whoever can read a key can trade with it. What a local exchange has made is nobody's money.
local function check_mode(path, base)
  local mode = files.lfs.attributes(path, "permissions")
  if not mode or is_loopback(base) or mode:sub(4) == "------" then return true end
  return nil, fault("key_file_open", ("others than its owner may read the key file: chmod 600 %s"):format(path), path)
end

local function read_key(given, base)
  local signer = require "neap.signer"
  if given.key then return signer.read_key(given.key) end
  local ok, err = check_mode(given.key_file, base)
  if not ok then return nil, err end
  return signer.open_key(given.key_file)
end

-- A key that could sign no request is told here, and not by each of them.
local function open_key(given, base)
  if not (given.key or given.key_file) then return nil end
  local key, err = read_key(given, base)
  if not key then return nil, err end
  if not key:is_private() then
    err = fault("key_public", "this is the public half of a key: the private one signs", given.key_file)
  elseif not (given.key_name or key:name()) then
    err = fault("key_name", "the key has no name: the venue's key file, JSON, has both", given.key_file)
  end
  if not err then return key end
  key:close()
  return nil, err
end

local function name_of(given, key)
  local name = given.key_name or given.legacy_key or key and key:name()
  return name and name ~= "" and name or false
end

local function seed() return (string.unpack("<i8", require "neap.signer".random(8))) end

-- Of the key only whether there is one, and of which sort.
local function noted(given, base, chance)
  local key = (given.key or given.key_file) and "key" or given.legacy_key and "legacy" or nil
  return { base = base, key = key, sign_host = given.sign_host, seed = chance, tries = given.tries,
    private_rate = given.private_rate, public_rate = given.public_rate }
end

local function check_keys(given)
  local kinds = (given.key and 1 or 0) + (given.key_file and 1 or 0) + (given.legacy_key and 1 or 0)
  if kinds > 1 then misuse "coinbase.open: one of key, key_file and legacy_key is wanted" end
  if (given.legacy_key == nil) ~= (given.legacy_secret == nil) then
    misuse "coinbase.open: legacy_key and legacy_secret go together"
  end
end

-- coinbase.open{ base =, key_file = or key = text of a key or of its file, key_name =, ca =, loop =, … } → a client; or
-- nil and a fault. Without a key it asks what is public. See docs/reference/coinbase.md.
coinbase.open = blame(function(given)
  given = given or {}
  check_options("coinbase.open", given, OPTIONS)
  check_keys(given)
  local base = given.base or VENUE
  local key, err = open_key(given, base)
  if err then return nil, err end
  local core
  local loop, chance = given.loop, given.seed or seed()
  recording.note(loop, "client", "open", noted(given, base, chance))
  core, err = net "coinbase".open { base = base, ca = given.ca, key = key, key_name = given.key_name,
    legacy_key = given.legacy_key, legacy_secret = given.legacy_secret, sign_host = given.sign_host,
    loop = loop, poller = loop and loop:poller(), inputs = loop and loop:inputs(), seed = chance, tries = given.tries,
    private_rate = given.private_rate, public_rate = given.public_rate }
  if not core then return nil, err end
  return setmetatable({ core = core, key = key or false, name = name_of(given, key), loop = loop or false,
    base = base }, shape)
end)

return coinbase
