-- SPDX-License-Identifier: MIT
-- The demo at the local exchange: started as a program of its own, traded at through the real client over TLS, a line a
-- second, and a result.
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local figures = require "neap.base.figures"
local home = require "neap.base.home"
local output = require "neap.cli.output"

local demo_venue = {}

local SECOND = 1000000000
local PRODUCT, SPEED = "BTC-USD", 300
local FUNDS = "USD=10000,BTC=0"
local MINUTE = 60 * SECOND

-- ---- the exchange ---------------------------------------------------------------------------------------------------

local exchange = {}
exchange.__index = exchange

local function interpreter() return arg and arg[-1] or "lua5.4" end

-- It ends when its standard input does, which is when this process does, whatever ends it.
local function start_exchange(seed)
  local fifo = os.tmpname()
  os.remove(fifo)
  os.execute(("mkfifo -m 600 '%s'"):format(fifo))
  local words = ("exchange --seed %d --speed %d --funds %s --market %s=generated --until-input-ends --quiet"):format(
    seed, SPEED, FUNDS, PRODUCT)
  local pipe = io.popen(("exec '%s' '%s/neap/cli/main.lua' %s <'%s' 2>&1"):format(interpreter(), home.lua, words, fifo))
  local input = io.open(fifo, "w")
  os.remove(fifo)
  local line = pipe and pipe:read "l"
  local ready = line and require("neap.json").decode(line)
  if not ready then return nil, fault("exchange", "the local exchange did not start: " .. tostring(line)) end
  return setmetatable({ pipe = pipe, input = input, ready = ready }, exchange)
end

function exchange:close()
  self.input:close()
  self.pipe:read "a"
  self.pipe:close()
end

-- ---- the session ----------------------------------------------------------------------------------------------------

local function venue_time(client)
  local answer, err = client:time {}
  if not answer then return nil, err end
  return math.tointeger(tonumber(answer.epochMillis)) * 1000000
end

local function open_parts(ready)
  local loop, err = core.open_loop()
  if not loop then return nil, err end
  local client
  client, err = require("neap.coinbase").open { base = ready.rest, ca = ready.cert, key_file = ready.key_file,
    loop = loop }
  if not client then return nil, err end
  local made
  made, err = require("neap.coinbase_session").open { client = client, loop = loop, products = { PRODUCT },
    stream = ready.ws, user_stream = ready.ws, ca = ready.cert, orders = true }
  if not made then return nil, err end
  return { loop = loop, client = client, made = made }
end

local function session_options(given, parts)
  local start, err = venue_time(parts.client)
  if not start then return nil, err end
  local outside = parts.made:outside(MINUTE, 0)
  outside.core.start, outside.core.speed = start, SPEED
  return { strategy = home.root .. "/strategies/ma_cross.lua", params = { fast = 4, slow = 12, fraction = 0.5 },
    outside = outside, mode = "exchange", profile = "demo", cash = 10000, fee_bps = 60, maker_fee_bps = 40,
    engine = given.engine, seed = given.seed, store = given.store, operator_cash = 0,
    set = { slippage_guard_bps = "0" } }
end

-- ---- what is shown --------------------------------------------------------------------------------------------------

local COLUMNS = "%-8s  %10s  %12s  %10s  %6s  %6s  %6s"

local function position_of(session)
  for _, position in ipairs(session.positions) do
    if position.product == PRODUCT then return tostring(position.quantity) end
  end
  return "0"
end

local function print_line(run)
  local session = run.session
  local position, mark = position_of(session), run.core:get("marks")[PRODUCT]
  local counts = run.core:get "counts"
  output.write(COLUMNS:format(require("neap.clock").format(session.now):sub(12, 19), mark and tostring(mark) or "",
    position, figures.money(session.equity), run.bars, counts.orders, counts.fills) .. "\n")
  io.stdout:flush()
end

local function watcher(given, seconds)
  local stop, next_line = core.now() + seconds * SECOND, 0
  return function(run)
    local now = core.now()
    if now >= next_line and not given.json and not given.quiet then
      print_line(run)
      next_line = now + SECOND
    end
    if now >= stop then run:ask_to_stop("end of the demo", "flatten") end
  end
end

local function go(given, parts, seconds)
  local options, err = session_options(given, parts)
  if not options then return nil, err end
  local run
  run, err = require("neap.run").open { session = options, loop = parts.loop, owned = { parts.made, parts.client },
    each = watcher(given, seconds), name = "demo" }
  if not run then return nil, err end
  if not given.json then
    output.write(COLUMNS:format("time", "price", "position", "equity", "bars", "orders", "fills") .. "\n")
  end
  return run:go()
end

-- → the result, or nil and a fault.
function demo_venue.run(given, seconds)
  local venue, err = start_exchange(given.seed or 7)
  if not venue then return nil, err end
  local parts, result
  parts, err = open_parts(venue.ready)
  if parts then result, err = go(given, parts, seconds) end
  venue:close()
  return result, err
end

return demo_venue
