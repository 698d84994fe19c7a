-- SPDX-License-Identifier: MIT
-- What looks after a session's entries from another process: it asks the session for its beat, and takes the entries
-- back when none has come for too long. It never sends an order and never writes to the session's store.
local account_lock = require "neap.account_lock"
local core = require "neap.run_c"
local entries = require "neap.coinbase.entries"
local event_store = require "neap.event_store"
local files = require "neap.base.files"
local json = require "neap.json"

local watcher = {}

local SECOND = 1000000000
local LOOK = SECOND // 2 -- between two looks at entries that were told to go
local AGAIN_MOST = 30 * SECOND
local STUBBORN = 20 -- looks after which a person hears that entries do not go
local LOCAL_MOST = 600 * SECOND -- an exchange of this machine that has ended for good has nobody's money

local methods = {}
methods.__index = methods

-- ---- the session ----------------------------------------------------------------------------------------------------

-- → "lives", and what it answered; "silent": its process is there and does not answer; "gone".
local function beat(self)
  local answer, err = core.ask(self.directory, self.question, self.patience)
  if answer then return "lives", json.decode(answer, { numbers = "float" }) end
  return err.code == "not_running" and "gone" or "silent"
end

-- The last that the session wrote; "removed": there is no store any more.
local function last_word(self)
  local rows <close> = event_store.events(self.directory .. "/events.db", { newest_first = true, limit = 1 })
  local row = rows and rows:next()
  if row then return row.type end
  return not files.mode(self.directory .. "/events.db") and "removed" or nil
end

-- A later life of the session may have another idea of how long, or want nobody.
local function follow(self, answer)
  if not self.stays or type(answer) ~= "table" or not answer.ok then return end
  if not answer.after then self.is_dismissed = true end
  self:set_time(answer.after and math.tointeger(answer.after * SECOND) or self.after)
end

local function lives(self, answer)
  if self.task or self.done then self.say("info", "the session answers again") end
  self.heard, self.task, self.done, self.is_granted, self.is_stopped = core.now(), nil, nil, nil, nil
  follow(self, answer)
end

-- ---- acting ---------------------------------------------------------------------------------------------------------

-- The account's one writer, unless it is held: by the session itself, which hangs; by one that begins again, which gets
-- as long as it had; by somebody else, to whom a cancel of these orders does no harm. → true and the lock, if it is
-- ours; false: not now; nil and a fault.
local function take_account(self, client, how)
  if how ~= "gone" then return true end
  local permissions, err = client:key_permissions {}
  if not permissions then return nil, err end
  local lock, held = account_lock.take { root = self.root, host = self.host, session = self.name,
    account = account_lock.account_of(permissions), directory = self.directory, watcher = true }
  if lock then return true, lock end
  if held.owner and held.owner.directory == self.directory and not self.is_granted then
    self.is_granted, self.heard = true, core.now()
    self.say("info", "the session begins again")
    return false
  end
  self.say("warn", held.message .. "; a cancel is safe nevertheless")
  return true
end

-- → what entries.take_back gives; false: not now; nil and a fault.
local function attempt(self, how)
  local state, err = event_store.replay(self.directory .. "/events.db")
  self.unread = not state
  if not state then return nil, err end
  local plan = entries.plan(state, self.is_stopped)
  local client <close>, closed = self.open()
  if not client then return nil, closed end
  local may, lock = take_account(self, client, how)
  if not may then return may, lock end
  local result
  result, err = entries.take_back(client, plan, self.heard + self.grace)
  if lock then lock:close() end
  if result then result.exits, result.unwatched, result.entries = plan.exits, plan.unwatched, #plan.entries end
  return result, err
end

local function seconds(ns) return ("%g s"):format((ns + SECOND // 20) // (SECOND // 10) / 10) end

local function cause(self, how)
  local state = how == "gone" and "has died" or "hangs: its process is there and does not answer"
  if self.is_stopped then state = "has stopped before its cancels were answered" end
  return ("session %s %s; last heard of %s ago"):format(self.name, state, seconds(core.now() - self.heard))
end

local function count(n, one, many) return ("%d %s"):format(n, n == 1 and one or many) end

local function outcome(result)
  local parts = { count(result.cancelled, "entry is", "entries are") .. " cancelled",
    count(result.exits, "exit stays", "exits stay") .. " at the venue" }
  if result.unwatched > 0 then
    parts[#parts + 1] = count(result.unwatched, "stop was", "stops were") ..
      " watched by the session alone and protects nothing now"
  end
  for _, filled in ipairs(result.filled) do
    parts[#parts + 1] = filled .. " filled since, and nothing was sent to protect it"
  end
  return table.concat(parts, "; ")
end

local function later(self, err)
  local task = self.task
  task.tries = task.tries + 1
  task.due = core.now() + math.min(AGAIN_MOST, SECOND << math.min(task.tries - 1, 5))
  local line = ("its entries may still work: %s%s"):format(self.unread and "its journal cannot be read: " or "",
    tostring(err))
  if task.tries == 1 then
    self.tell("critical", ("%s; %s; tried again without end"):format(task.cause, line))
  elseif self.unread and not task.is_given_up and core.now() - task.begun >= self.after then
    task.is_given_up = true
    self.tell("critical", ("%s; %s; for %s now: which orders are its entries nobody can tell but you: cancel them " ..
      "at the venue"):format(task.cause, line, seconds(core.now() - task.begun)))
  else
    self.say("warn", line)
  end
end

local function finish(self, result)
  self.tell("critical", ("%s; %s"):format(self.task.cause, outcome(result)))
  self.task, self.done = nil, result
end

local function go_on(self, result)
  local task = self.task
  task.looks, task.due = task.looks + 1, core.now() + LOOK
  if task.looks == STUBBORN and result.works > 0 then
    self.tell("critical", ("%s; %s: %s; tried again without end"):format(task.cause,
      count(result.works, "entry does not go", "entries do not go"),
      result.refused ~= "" and result.refused or "the venue took the cancels and did nothing"))
  end
end

-- One look at the venue, when it is time for one.
local function act(self, how)
  local now = core.now()
  self.task = self.task or { due = now, begun = now, tries = 0, looks = 0, cause = cause(self, how) }
  if now < self.task.due then return end
  local result, err = attempt(self, how)
  if result == false then
    self.task = nil
  elseif not result then
    later(self, err)
  elseif result.works + result.absent > 0 then
    go_on(self, result)
  else
    finish(self, result)
  end
end

-- ---- the loop -------------------------------------------------------------------------------------------------------

local function is_asked(self)
  for name in function() return self.loop:asked() end do self.asked = self.asked or name ~= "SIGHUP" end
  return self.asked
end

-- It ended in order. What it told to go, and nobody has answered, is still looked after.
local function is_settled(self)
  if self.is_stopped == nil then
    local state = event_store.replay(self.directory .. "/events.db")
    if not state then return false end -- what it told to go is not known
    self.is_stopped = #entries.plan(state, true).entries > 0
  end
  return not self.is_stopped
end

-- How it ends, in words; nil: it goes on. One that a session has started stays with it through a signal: a unit or a
-- machine that is stopped ends the session in order, and then this. Where it died instead there is no time to wait.
local function ending(self, how)
  local asked = is_asked(self)
  if asked and not self.stays then return "asked to" end
  if how == "lives" then return self.is_dismissed and "the session wants nobody to look after it" or nil end
  local word = how == "gone" and last_word(self)
  if word == "session_stopped" and is_settled(self) then return "the session has stopped" end
  if word == "removed" then return "the session's directory is gone" end
  if how == "gone" and self.done then return "its entries are taken back" end
  if self.task and self.is_local and core.now() - self.task.begun > LOCAL_MOST then
    return "the exchange of this machine does not come back", true
  end
end

local function is_due(self, how)
  if how == "lives" or self.done then return false end
  return core.now() - self.heard >= self.after or self.is_stopped or (how == "gone" and self.asked)
end

-- Who was away himself has no right to call another silent.
local function forgive(self, began)
  local extra = core.now() - began - self.patience - self.pause
  if extra > SECOND then self.heard = self.heard + extra end
end

local function rest(self)
  local till = core.now() + self.pause
  while core.now() < till do self.loop:turn(till) end
  self.tick()
end

-- ns; how often it asks follows from it.
function methods:set_time(after)
  self.after, self.pause = after, math.min(SECOND, after // 4)
  self.patience = math.min(5 * SECOND, after // 2)
end

-- Until there is nothing more to look after → why it ended, in words, and true where that leaves entries.
function methods:run()
  while true do
    local began = core.now()
    local how, answer = beat(self)
    if how == "lives" then lives(self, answer) end
    local why, is_bad = ending(self, how)
    if why then return why, is_bad end
    rest(self)
    forgive(self, began)
    if is_due(self, how) then
      act(self, how)
      if self.asked and self.task and self.task.tries > 0 then return "asked to, with entries left", true end
    end
  end
end

-- { directory =, name = of the session, root = where sessions are kept, host =, is_local =, after = ns, grace = ns,
-- stays = through signals, loop =, open = function() → a client of the venue, say = function(level, line), tell =
-- function(severity, message), tick = function() } → a watcher; asks nobody yet.
function watcher.new(given)
  local self = setmetatable({ heard = core.now(), question = json.encode { command = "beat", pid = core.pid() } },
    methods)
  for key, value in pairs(given) do self[key] = value end
  self:set_time(given.after)
  return self
end

return watcher
