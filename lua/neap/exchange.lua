-- SPDX-License-Identifier: MIT
-- The local Coinbase behind its port: keys, certificate, markets, money and what is kept of it in a directory.
local blame = require "neap.base.blame"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"
local markets = require "neap.exchange.markets"
local place = require "neap.exchange.place"
local slip = require "neap.base.slip"

local exchange = {}

local KNOWN = { listen = true, state = true, seed = true, products = true, market = true, from = true, trades = true,
  start = true, speed = true, accounts = true, key_kind = true, funds = true, self_trade = true, price_band = true,
  visible_after = true, cancel_after = true, silence = true, refuse_reused_ids = true, client_id = true,
  no_rate_limits = true, plain = true, fault = true }

local FUNDS = "USD=100000,USDC=100000,BTC=1,ETH=10"
local BAND = "0.9"
local LARGEST = 64 << 20

local function usage(message, ...) return nil, fault("usage", message:format(...)), "usage" end

-- "USD=1000,BTC=0.5" → list of { currency, amount }
local function read_funds(text)
  local decimal, funds = require "neap.decimal", {}
  for part in text:gmatch "[^,]+" do
    local currency, number = part:match "^%s*(%u%w*)%s*=%s*(.-)%s*$"
    local amount = number and decimal.parse(number)
    if not amount or amount:sign() < 0 then
      return usage("funds: '%s' is not a currency and an amount, as USD=1000", part)
    end
    funds[#funds + 1] = { currency, amount }
  end
  return funds
end

local function read_speed(text)
  local speed = not tostring(text):find "[xX]" and tonumber(text or 1)
  if speed and speed >= 0 and speed <= 1e6 then return speed end
  return usage("speed: '%s' is no number from 0 to 1000000", text)
end

-- Of the options that are durations; one that is not given is the core's to choose.
local DURATIONS = { "visible_after", "cancel_after", "silence" }

local function read_durations(given, options)
  for _, name in ipairs(DURATIONS) do
    local ns, err = nil, nil
    if given[name] then ns, err = require("neap.clock").parse_duration(given[name]) end
    if err then return usage("%s: %s", name, err.message) end
    options[name] = ns
  end
  return true
end

-- Whether the venue can read them: a time may also be nanoseconds, which a state keeps.
local function check_texts(given)
  local start, band = given.start, given.price_band
  if type(start) == "string" and not require("neap.clock").parse(start) then
    return usage("start: '%s' is not a time such as 2024-04-18T17:00:00Z", start)
  end
  local share = type(band) == "string" and require("neap.decimal").parse(band)
  if type(band) == "string" and (not share or share:sign() < 0) then
    return usage("price_band: '%s' is not a number such as 0.9, or 0 for none", band)
  end
  return true
end

local function read_products(path)
  if not path then return nil end
  local text, wrong = files.read(path, LARGEST)
  if text and text:sub(1, 2) == "\31\139" then text, wrong = nil, "is packed: gunzip it first" end
  if text then return text end
  return nil, fault("cannot_read", ("products: %s %s"):format(path, wrong), path, files.nearest(path))
end

-- What the C half takes, from what a person gives.
local function read_options(given)
  local options = { seed = given.seed, listen = given.listen, start = given.start, self_trade = given.self_trade,
    refuses_reused_ids = given.refuse_reused_ids, names_client = given.client_id,
    limits_rates = not given.no_rate_limits, price_band = given.price_band or BAND }
  local ok, err, kind = check_texts(given)
  if not ok then return nil, err, kind end
  options.speed, err, kind = read_speed(given.speed)
  if not options.speed then return nil, err, kind end
  ok, err, kind = read_durations(given, options)
  if not ok then return nil, err, kind end
  options.products, err = read_products(given.products)
  if err then return nil, err end
  return options
end

local running = {}
running.__index = running

function running:__tostring() return ("exchange at %s"):format(self.rest) end

-- A round: waits up to so many milliseconds for something to do.
function running:step(ms) return self.core:step(ms or 0) end

-- Until SIGINT, SIGTERM or, where it was asked for, the end of standard input → which it was.
function running:run(options) return self.core:run(options and options.until_input_ends) end

function running:check() return self.core:check() end
function running:deposit(key, currency, amount) return self.core:deposit(key, currency, amount) end
function running:set_product(id, flags) return self.core:set_product(id, flags) end
function running:end_order(id, message) return self.core:end_order(id, message) end

-- A fault as on the command line → its id; see docs/reference/exchange.md.
function running:add_fault(text) return self.core:add_fault(text) end
function running:remove_fault(id) return self.core:remove_fault(id) end
-- A list of { id, fault, seen, struck, on }.
function running:faults() return json.decode(self.core:faults()).faults end

function running:now() return self.core:now() end
function running:move(ns) return self.core:move(ns) end

function running:close()
  if not self.core then return end
  self.core:close()
  self.core = nil
  self.place:close()
end
running.__close = running.close

local function add_account(core, key, funds)
  local number, is_new = core:add_key { name = key:name(), public = key:public_pem() }
  if not number then return nil, is_new end
  if not is_new then return number end
  for _, fund in ipairs(funds) do
    local ok, err = core:deposit(number, fund[1], fund[2])
    if not ok then return nil, err end
  end
  return number
end

local function add_accounts(core, held, given)
  local funds, err, kind = read_funds(given.funds or FUNDS)
  if not funds then return nil, err, kind end
  local keys
  keys, err = held:keys(given.accounts or 1, given.key_kind or "es256")
  if not keys then return nil, err end
  local paths = {}
  for i, key in ipairs(keys) do
    local number
    number, err = add_account(core, key.key, funds)
    if not number then return nil, err end
    paths[i] = key.path
  end
  return paths
end

local function fill(core, held, given)
  local ok, err, kind = markets.add(core, given)
  if ok and held.log then ok, err = held:settle(given) end
  if ok and held.log then ok, err = core:open_log(held.log) end
  if not ok then return nil, err, kind end
  return add_accounts(core, held, given)
end

local function add_faults(core, given)
  for _, text in ipairs(given.fault or {}) do
    local id, err = core:add_fault(text)
    if not id then return nil, err, "usage" end
  end
  return true
end

local function start(held, given)
  local options, err, kind = read_options(given)
  if not options then return nil, err, kind end
  options.tls, options.key_directory = held.cert ~= nil, held.directory
  local core
  core, err = require "neap.base.net" "exchange".open(options)
  if not core then return nil, err, (err.code == "bad_address" or err.code == "not_loopback") and "usage" or nil end
  local keys
  keys, err, kind = fill(core, held, given)
  local ok = keys
  if ok then ok, err, kind = add_faults(core, given) end
  if ok and held.cert then ok, err = core:write_certificate(held.cert) end
  if not ok then
    core:close()
    return nil, err, kind
  end
  local host = ("%s:%d"):format((options.listen or "127.0.0.1:0"):match "^(.*):%d+$", core:port())
  local safe = given.plain and "" or "s"
  return setmetatable({ core = core, place = held, keys = keys, key_file = keys[1], cert = held.cert,
    state = given.state, rest = ("http%s://%s"):format(safe, host), ws = ("ws%s://%s"):format(safe, host),
    admin = ("http%s://%s/neap/v1/"):format(safe, host) }, running)
end

-- exchange.open{ listen =, state =, seed =, … } → a running exchange that is to be stepped; or nil, err and "usage"
-- where what was given is at fault. See docs/reference/exchange.md.
exchange.open = blame(function(given)
  local wrong = slip(given or {}, KNOWN, "option")
  if wrong then error("exchange.open: " .. wrong, 0) end
  local own = {} -- for what a state adds
  for name, value in pairs(given or {}) do own[name] = value end
  if own.state and not own.state:find "^/" then own.state = files.lfs.currentdir() .. "/" .. own.state end
  local held, err = place.open(own)
  if not held then return nil, err end
  local made, failed, kind = start(held, own)
  if not made then held:close() end
  return made, failed, kind
end)

return exchange
