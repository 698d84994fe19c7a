-- SPDX-License-Identifier: MIT
-- Where an exchange keeps its keys, certificate, settings and log: the directory that was named, or one of its own that
-- goes with it.
local core = require "neap.base.net" "exchange"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"
local signer = require "neap.signer"

local place = {}
place.__index = place

local KINDS = { es256 = "p256", ed25519 = "ed25519" }

-- What makes the venue what it is: a state was made with these and goes on with no others.
local SETTINGS = { "seed", "start", "products", "market", "from", "trades", "self_trade", "price_band", "visible_after",
  "cancel_after", "refuse_reused_ids", "client_id" }

local function write(path, text)
  local file, message = io.open(path, "wb")
  local ok = file
  if file then
    ok, message = file:write(text)
    local closed, late = file:close()
    ok, message = ok and closed, message or late
  end
  if ok then return true end
  return nil, fault("cannot_write", tostring(message), path)
end

-- What the state was made with; nil: it is new; nil and an error: it cannot be read.
local function read_settings(directory)
  local path = directory .. "/exchange.json"
  local text = files.read(path, 1 << 20)
  if not text and not files.mode(directory .. "/venue.log") then return nil end
  local kept = text and json.decode(text)
  if type(kept) == "table" and type(kept.settings) == "table" then return kept end
  return nil, fault("damaged_state", "the state has a log, and no exchange.json that says what it was made with", path)
end

local function text_of(value) return type(value) == "table" and table.concat(value, " ") or tostring(value) end

-- What must be the same bytes again: the files that are named.
local function digests(given)
  local list = {}
  for _, name in ipairs { "products", "from", "trades" } do
    local paths = given[name] or {}
    for _, text in ipairs(type(paths) == "table" and paths or { paths }) do
      local path = text:gsub("^%u[%w-]*%-%w+=", ""):gsub("^%l+:", "")
      list[#list + 1] = require("neap.digest").sha256_file(path) or ""
    end
  end
  return table.concat(list, " ")
end

-- A state that was made otherwise is refused; what is not said again is what it was made with.
local function compare(directory, kept, given)
  for _, name in ipairs(SETTINGS) do
    if given[name] == nil then
      given[name] = kept.settings[name]
    elseif kept.settings[name] == nil or text_of(kept.settings[name]) ~= text_of(given[name]) then
      local was = kept.settings[name]
      local flag = "--" .. name:gsub("_", "-")
      return nil, fault("other_settings", ("the state was made with %s, not with %s %s"):format(was ~= nil and
        ("%s %s"):format(flag, text_of(was)) or "no " .. flag, flag, text_of(given[name])), directory)
    end
  end
  if kept.digests == digests(given) then return true end
  return nil, fault("other_files", "a file that the state was made from (products, from, trades) is another", directory)
end

-- Finds what the state was made with, or says from when on a new one is.
local function agree(self, given)
  local kept, err = read_settings(self.directory)
  if err then return nil, err end
  if kept then return compare(self.directory, kept, given) end
  given.start = given.start or require("neap.clock").real():now()
  self.is_new = true
  return true
end

-- A new state is told how it was made, once it is known that it can be.
function place:settle(given)
  if not self.is_new then return true end
  local settings, path = {}, self.directory .. "/exchange.json"
  for _, name in ipairs(SETTINGS) do settings[name] = given[name] end
  local document = { schema = "neap.exchange_state/1", settings = settings, digests = digests(given) }
  local ok, err = write(path .. ".new", json.encode(document) .. "\n")
  if not ok then return nil, err end
  self.is_new = nil
  local renamed, message = os.rename(path .. ".new", path)
  if renamed then return true end
  return nil, fault("cannot_write", message, path)
end

-- A private directory for as long as the exchange runs.
local function make_own()
  local base = os.getenv "TMPDIR"
  return core.make_directory((base and base ~= "" and base or "/tmp") .. "/neap-exchange-")
end

-- Finds or makes the place; what a state was made with comes back in `given`.
function place.open(given)
  local self = setmetatable({ directory = given.state }, place)
  local err, ok
  if given.state then
    ok, err = require("neap.run.place").make(given.state)
    if ok ~= nil then ok, err = agree(self, given) end
    self.log = given.state .. "/venue.log"
  else
    self.directory, err = make_own()
    self.is_own, ok = true, self.directory
  end
  if ok then
    self.cert = not given.plain and self.directory .. "/tls.crt" or nil
    return self
  end
  if self.directory then self:close() end
  return nil, err
end

local function open_key(self, number, kind)
  local path = ("%s/key-%d.json"):format(self.directory, number)
  if files.mode(path) then return signer.open_key(path) end
  local key, err = signer.new_key(KINDS[kind])
  if not key then return nil, err end
  local name = ("organizations/neap/apiKeys/%d"):format(number)
  local ok
  ok, err = key:write { name = name, path = path }
  if not ok then return nil, err end
  return signer.open_key(path)
end

-- The first `count` key files, made where they are missing: a list of { key, path }; more where the state has more.
function place:keys(count, kind)
  local keys, number = {}, 1
  while number <= count or files.mode(("%s/key-%d.json"):format(self.directory, number)) do
    local key, err = open_key(self, number, kind)
    if not key then return nil, err end
    keys[number] = { key = key, path = ("%s/key-%d.json"):format(self.directory, number) }
    number = number + 1
  end
  return keys
end

-- A directory of its own goes, with what is in it.
function place:close()
  if not self.is_own then return end
  self.is_own = nil
  for name in files.lfs.dir(self.directory) do
    if name ~= "." and name ~= ".." then os.remove(self.directory .. "/" .. name) end
  end
  files.lfs.rmdir(self.directory)
end

return place
