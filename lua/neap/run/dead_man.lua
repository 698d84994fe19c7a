-- SPDX-License-Identifier: MIT
-- The dead man's switch of a session at a venue, seen from the session: it takes its entries back when the venue was
-- out of reach, or it stood still itself, for too long; and it sees to it that another process watches over it, which
-- does so when it is gone (neap.run.watcher).
local core = require "neap.run_c"
local fault = require "neap.base.fault"

local dead_man = { default = "60s" }

local SECOND = 1000000000
local LOOK = SECOND // 5
local LINK_LEAST = 5 * SECOND -- heartbeats come every second, and a connection is silent after as long
local SILENT = 10 * SECOND -- a watcher asks every second
local AGAIN_MOST = 60 * SECOND
local TAKEN = 5 -- its exit code where another watches already
local DAY = 86400 * SECOND

-- --dead-man's text → ns, 0: off; or nil and a fault.
function dead_man.parse(text, flag)
  if text == "off" then return 0 end
  local ns, err = require("neap.clock").parse_duration(text)
  if ns and ns >= SECOND and ns <= DAY then return ns end
  return nil, fault("usage", ("%s: %s; from 1s to 1d%s"):format(flag, ns and ("'%s' is too %s"):format(text,
    ns < SECOND and "short" or "long") or err.message, flag == "--dead-man" and ", or off" or ""))
end

local methods = {}
methods.__index = methods

-- ns → whole seconds
local function seconds(ns) return (ns + SECOND // 2) // SECOND end

-- ---- the link -------------------------------------------------------------------------------------------------------

-- For how long nothing was heard of the market, or of the account, and which.
local function silence(self, now)
  local market, account = self.heard()
  market, account = now - math.max(market, self.began), now - math.max(account, self.began)
  if market >= account then return market, "the venue's market data" end
  return account, "the venue about the account"
end

local function take_back(self, run, source, reason)
  local count, err = run.core:dead_man(source, reason)
  if count then
    self.say("alert", ("%s: %d entr%s told to go"):format(reason, count, count == 1 and "y is" or "ies are"))
  else
    self.say("alert", ("%s, and the entries cannot be told to go: %s"):format(reason, tostring(err)))
  end
end

-- What is told to go while nobody is reached goes before all else once somebody is; what was sent meanwhile goes then.
local function look_at_link(self, run, now)
  local stood, limit = now - self.looked, math.max(self.time, LINK_LEAST)
  if stood >= limit then
    self.began = now -- what came meanwhile is not read yet
    return take_back(self, run, "stall", ("the session stood still for %d s"):format(seconds(stood)))
  end
  local quiet, whose = silence(self, now)
  if not self.away_since and quiet >= limit then
    self.away_since = now - quiet
    take_back(self, run, "link", ("nothing was heard of %s for %d s"):format(whose, seconds(quiet)))
  elseif self.away_since and quiet < LINK_LEAST then
    local away = now - quiet - self.away_since
    self.away_since = nil
    take_back(self, run, "link_back", ("the venue is heard again, after %d s"):format(seconds(away)))
  end
end

-- ---- who watches ----------------------------------------------------------------------------------------------------

local function start(self, now)
  local child, err = self.start()
  self.child, self.started = child, now
  self.pause = math.min(AGAIN_MOST, (self.pause or SECOND // 2) * 2)
  self.again_at = now + self.pause
  return child, err
end

local function lost(self, run, what)
  local message = what .. "; another one is started"
  self.say("alert", message)
  run.core:note("watcher_lost", { { "message", message } })
end

local function look_at_child(self, run)
  local code = self.child and self.child:ended()
  if not code then return end
  self.child = nil
  if code ~= TAKEN then
    lost(self, run, code > 128 and ("the process that watches over the session was ended by signal %d"):format(
      code - 128) or ("the process that watches over the session ended with code %d"):format(code))
    self.is_wanted = true
  end
end

-- It is another life's, or a unit of its own, or hangs.
local function look_at_beats(self, run, now)
  local asked = run.watched or 0
  if now - math.max(asked, self.started) < SILENT then
    if asked > self.started then self.pause = nil end
    return
  end
  if self.child then self.child:signal "KILL" end
  self.child, self.is_wanted = nil, true
  self.started = now
  lost(self, run, "nobody asks for the session's beat any more")
end

local function look_at_watcher(self, run, now)
  look_at_child(self, run)
  look_at_beats(self, run, now)
  if not self.is_wanted or now < self.again_at then return end
  self.is_wanted = false
  local child, err = start(self, now)
  if child then return end
  self.is_wanted = true
  self.say("alert", "nobody watches over the session: " .. tostring(err))
end

-- ---- from outside ---------------------------------------------------------------------------------------------------

-- After each turn of the session's loop.
function methods:look(run)
  local now = core.now()
  if now - self.looked < LOOK then return end
  look_at_link(self, run, now)
  look_at_watcher(self, run, now)
  self.looked = now
end

-- The session has stopped in order: who watches hears it at once, and has gone when this returns. Not so of a session
-- that failed: its entries are still there.
function methods:leave(loop_turn)
  local child = self.child
  if not child or not child:signal "TERM" then return end
  local deadline = core.now() + 5 * SECOND
  while not child:ended() and core.now() < deadline do loop_turn(core.now() + SECOND // 50) end
end

-- { time = ns, heard = function() → ns, ns: when of the market, and of the account, start = function() → a neap.child,
-- or nil and a fault, say = function(level, line) } → a switch whose watcher is started, or nil and a fault.
function dead_man.begin(given)
  local now = core.now()
  local self = setmetatable({ time = given.time, heard = given.heard, start = given.start, say = given.say, began = now,
    looked = now, again_at = now }, methods)
  local child, err = start(self, now)
  if not child then return nil, err end
  return self
end

return dead_man
