-- SPDX-License-Identifier: MIT
-- What goes wrong in the world around a session and its exchange: a machine that dies, a network that is silent, a disk
-- that is full. Each happens once in a run: in the last life, which then trades on; or in the first, whose end and the
-- lives after it fall into it.
local governor = require "tools.fast_clock.governor"
local process = require "tools.venue_sweep.process"
local stage = require "tools.venue_sweep.stage"

local outages = {}

local LEAST_PACE = 2

local function shell(command, ...) return os.execute((command):format(...) .. " 2>/dev/null") == true end

-- ---- the exchange ---------------------------------------------------------------------------------------------------

local killed = { seconds = 3, begin = stage.kill_exchange, undo = stage.start_exchange }

local frozen = { seconds = 8 }

function frozen.begin(run)
  run.exchange:signal "STOP"
  return true
end

function frozen.undo(run)
  run.exchange:signal "CONT"
  return true
end

-- Minutes of a network that is down, on a fast clock: longer than any patience with a request, an order, the account.
local away = { seconds = 400, begin = frozen.begin, undo = frozen.undo, pace = 60, pace_behind = 8,
  patience = 300 }

-- Lets time pass at no more than a pace; nil: at the machine's.
local function pass(run, seconds, pace)
  if not pace then return process.sleep(seconds) end
  local fast = governor.new(pace, LEAST_PACE)
  fast:pass(seconds, { run.session.pid, run.exchange.pid })
  fast:slow_down()
end

-- It trades again: what it sends arrives.
local function trades_again(run)
  local patience = run.outage.patience or 60
  local before, err = run:count_orders()
  for _ = 1, 60 do
    local now
    if before then now, err = run:count_orders() end
    if not now then return nil, "the exchange does not answer after the outage: " .. err end
    if now > before then return true end
    if not run.session:runs() then return nil, "it ended: " .. select(2, run.session:said()):sub(-400) end
    pass(run, patience / 60, run.outage.pace_behind)
  end
  return nil, ("no order within %d s after the outage: %s"):format(patience, select(2, run.session:said()):sub(-400))
end

for _, outage in ipairs { killed, frozen, away } do outage.check = trades_again end

-- ---- the disk -------------------------------------------------------------------------------------------------------

-- Only ever in the first life: what is full is freed before the last.
local full = { seconds = 4, is_first = true, ends_sessions = true }

local function mount(directory)
  return shell("mkdir -p '%s' && mount -t tmpfs -o size=16m neap-sweep '%s'", directory, directory)
end

local function unmount(directory) return shell("umount -l '%s'", directory) end

function full.cannot()
  local directory = os.tmpname()
  os.remove(directory)
  local is_mounted = mount(directory)
  if is_mounted then unmount(directory) end
  os.remove(directory)
  return not is_mounted and "a small file system cannot be mounted here, which root may" or nil
end

function full.prepare(run)
  if not mount(run:directory()) then return nil, "the small file system was not mounted" end
  return true
end

local function says_so(run)
  local _, said = run.session:said()
  return said:find("cannot be written", 1, true) or said:find("journal_lost", 1, true) or not run.session:runs()
end

-- Until the session met it: its next commit needs a block.
function full.begin(run)
  shell("dd if=/dev/zero of='%s/zeros' bs=4k", run:directory())
  for _ = 1, 1000 do
    if says_so(run) then return true end
    process.sleep(0.02)
  end
  return nil, "the disk is full and the session says nothing of it"
end

function full.undo(run) return shell("rm -f '%s/zeros'", run:directory()) end

function full.clean(run) unmount(run:directory()) end

-- ---- when -----------------------------------------------------------------------------------------------------------

function outages.plan()
  return {
    { name = "venue killed", faults = {}, outage = killed },
    { name = "venue frozen", faults = {}, outage = frozen },
    { name = "venue away for minutes", faults = {}, outage = away },
    { name = "disk full", faults = {}, outage = full },
  }
end

function outages.prepare(run)
  local outage = run.outage
  if not outage then return true end
  run.when = (outage.is_first or run.random(1, 2) == 1) and "first" or "last"
  return not outage.prepare or outage.prepare(run)
end

local function begin(run, seconds)
  run.when, run.is_out = nil, true
  local ok, err = run.outage.begin(run)
  pass(run, seconds, run.outage.pace)
  return ok, err
end

-- In a life that is about to be killed.
function outages.begin_first(run)
  if run.when ~= "first" then return true end
  return begin(run, run.random() * run.outage.seconds)
end

-- Whatever still lasts is over.
function outages.finish(run)
  if not run.is_out then return true end
  run.is_out = false
  return run.outage.undo(run)
end

-- In the last life, which goes on.
function outages.pass_last(run)
  if run.when ~= "last" then return true end
  local ok, err = begin(run, run.outage.seconds)
  if ok then ok, err = outages.finish(run) end
  if ok then ok, err = run.outage.check(run) end
  return ok, err
end

function outages.clean(run)
  if run.outage and run.outage.clean then run.outage.clean(run) end
end

return outages
