-- SPDX-License-Identifier: MIT
-- A local exchange, a session that trades at it, and a client that looks at the account, in a directory of their own.
local books = require "tools.venue_sweep.books"
local coinbase = require "neap.coinbase"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local PRODUCT, CASH = "BTC-USD", decimal.new(20000)

local stage = {}
stage.__index = stage

-- options: seed =, on_stop = as `neap run` takes it.
function stage.open(options)
  return setmetatable({ seed = options.seed, on_stop = options.on_stop, home = program.directory(), lives = 0,
    orders = 0, fills = 0 }, stage)
end

-- What may fail gives nil and why.

function stage:start_exchange()
  local port = self.ready and self.ready.rest:match ":(%d+)$" or "0"
  local words = ("exchange --listen 127.0.0.1:%s --state '%s/venue' --seed %d --funds USD=100000,BTC=0 " ..
    "--no-rate-limits --market %s=generated:"):format(port, self.home, self.seed, PRODUCT)
  self.exchange = process.start(words, self.home .. "/exchange")
  local line, err = self.exchange:wait_for("}", 30)
  if not line then return nil, "the exchange did not start: " .. err end
  self.ready = json.decode(line)
  return true
end

function stage:kill_exchange()
  self.exchange:signal "KILL"
  if self.exchange:wait(10) then return true end
  return nil, "the exchange outlives SIGKILL"
end

-- Looks at the account before anybody trades.
function stage:open_client()
  local err
  self.client, err = coinbase.open { base = self.ready.rest, ca = self.ready.cert, key_file = self.ready.key_file }
  if not self.client then return nil, err.message end
  self.before, err = books.of_venue(self.client, PRODUCT)
  return self.before, err and err.message
end

-- What no client of the venue may: → the answer's table.
function stage:admin(method, path, body)
  return self.client:call { method = method, path = path, body = body, public = true, repeat_ = "safe" }
end

function stage:add_fault(text)
  local answer, err = self:admin("POST", "/neap/v1/faults", { fault = text })
  if not answer then return nil, ("fault %s: %s"):format(text, err.message) end
  return answer.id
end

function stage:remove_fault(id) return self:admin("DELETE", "/neap/v1/faults/" .. tostring(id)) end

-- What stays may fill while nobody looks: then nothing matches any more.
function stage:stop_the_market()
  if self.on_stop == "flatten" then return end
  self:add_fault("auction:product=" .. PRODUCT)
  process.sleep(1)
end

function stage:count_orders()
  local venue, err = books.of_venue(self.client, PRODUCT)
  return venue and venue.count, err and err.message
end

function stage:directory() return self.home .. "/swept" end

-- words: more flags of `neap run`.
function stage:start_session(words)
  local command = ("run '%s/tools/venue_sweep/trader.lua' --broker coinbase --product %s --session swept " ..
    "--sessions '%s' --base %s --ca '%s' --key-file '%s' --cash %s --set seed=%d --no-alerts --history 0 " ..
    "--on-stop %s --grace %s --profile dev --set slippage_guard_bps=0 %s"):format(program.root, PRODUCT, self.home,
    self.ready.rest, self.ready.cert, self.ready.key_file, CASH, self.seed, self.on_stop, self.grace or "2s",
    words or "")
  self.lives = self.lives + 1
  self.session = process.start(command, ("%s/life%d"):format(self.home, self.lives))
end

function stage:stop_session()
  self.session:signal "TERM"
  if not self.session:wait(120) then return nil, "the session did not stop within two minutes" end
  local said, complaint = self.session:said()
  if not said:find "stopped:" then return nil, "the session failed: " .. complaint:sub(-400) end
  if said:find "left open:" then return nil, "nothing hinders it, and it leaves " .. complaint:sub(-200) end
  return true
end

-- The session's books, when it stopped, against the exchange's. Sets how many orders and fills there are.
function stage:compare()
  local store = self:directory() .. "/events.db"
  local verified, err = event_store.verify(store)
  if not verified then return nil, "the store does not verify: " .. err.message end
  local own
  own, err = books.of_session(store)
  if not own then return nil, "the store does not replay: " .. err.message end
  local venue
  venue, err = books.of_venue(self.client, PRODUCT)
  if not venue then return nil, "the exchange does not answer: " .. err.message end
  self.orders, self.fills = venue.count, venue.fills
  local differences = books.compare(own, venue, self.before, { product = PRODUCT, cash = CASH })
  if #differences == 0 then return true end
  return nil, table.concat(differences, "\n    ", 1, math.min(#differences, 8))
end

function stage:end_all()
  if self.session then self.session:signal "KILL" end
  if self.client then self.client:close() end
  if self.exchange then self.exchange:signal "KILL" end
end

function stage:remove() program.remove(self.home) end

return stage
