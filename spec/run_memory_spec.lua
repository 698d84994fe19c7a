-- SPDX-License-Identifier: MIT
-- What a session at the venue takes of memory and of files, while its sockets are dropped.
local exchange_program = require "spec.support.exchange_program"
local lfs = require "lfs"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local MOST_KB, MOST_FILES_MORE = 24 * 1024, 8
local LEAST_LOOKS, MOST_LOOKS = 50, 600 -- each of 0.2 s
-- A checker's own memory would be counted, too.
local is_checked = (os.getenv "NEAP_TEST_LUA" or "lua5.4") ~= "lua5.4"

local STRATEGY = [[
local neap = require "neap"
return neap.strategy {
  name = "pair",
  feeds = { "book" },
  warmup = 0,
  on_start = function(self) self:every("act", "500ms") end,
  on_timer = function(self)
    for _, product in ipairs { "BTC-USD", "ETH-USD" } do
      self:buy { product = product, notional = "20", why = "to have some" }
    end
  end,
}
]]

describe("a paper session on two products of the venue", function()
  local home, exchange, running

  before_each(function()
    home = program.directory()
    exchange = exchange_program.start("--market BTC-USD=generated --market ETH-USD=generated --no-rate-limits " ..
      '--fault "socket_reset:p=0.02"', home, true)
    program.write(home .. "/pair.lua", STRATEGY)
    running = process.start(("run '%s/pair.lua' --broker paper --product BTC-USD --product ETH-USD --session one " ..
      "--sessions '%s' --base %s --ca '%s' --key-file '%s' --cash 100000 --profile dev --no-alerts " ..
      "--history 0"):format(home, home, exchange.ready.rest, exchange.ready.cert, exchange.ready.key_file),
      home .. "/life")
  end)

  after_each(function()
    running:signal "KILL"
    running:wait(10)
    exchange:close()
    program.remove(home)
  end)

  local function resident_kb()
    local status = program.read(("/proc/%s/status"):format(running.pid))
    return tonumber(status:match "VmRSS:%s*(%d+) kB")
  end

  local function open_files()
    local count = 0
    for name in lfs.dir(("/proc/%s/fd"):format(running.pid)) do
      if name:find "^%d" then count = count + 1 end
    end
    return count
  end

  local function resets()
    local _, complaint = running:said()
    return select(2, complaint:gsub("reset", ""))
  end

  it("stays under 24 MB, and opens no more files than it closes", function()
    if is_checked then return pending "with a checker the memory is the checker's" end
    local text, err = running:wait_for("ready", 60)
    assert.is_truthy(text, err)
    local files, most_files, most_kb, looks = open_files(), 0, 0, 0
    while looks < LEAST_LOOKS or resets() < 2 and looks < MOST_LOOKS do
      process.sleep(0.2)
      most_files, most_kb = math.max(most_files, open_files()), math.max(most_kb, resident_kb())
      looks = looks + 1
    end
    running:signal "TERM"
    assert.is_true(running:wait(60))
    assert.is_true(resets() >= 2)
    assert.is_truthy(running:said():find "orders [1-9]", (running:said()))
    assert.is_true(most_kb < MOST_KB, most_kb .. " KB")
    assert.is_true(most_files <= files + MOST_FILES_MORE, ("%d files, then %d"):format(files, most_files))
  end)
end)
