-- SPDX-License-Identifier: MIT
-- One writer for an account at a venue: who trades there holds a lock, which ends with the process, however it ends.
-- Two sessions on one account would each take the other's orders for a stranger's.
local blame = require "neap.base.blame"
local core = require "neap.account_lock_c"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"
local slip = require "neap.base.slip"

local account_lock = {}

local WORDS = { root = true, host = true, account = true, session = true, directory = true, watcher = true,
  patience = true }

local TICK, DEATH = 50 * 1000000, 1000000000 -- ns

local function check(what, given)
  local wrong = type(given) ~= "table" and "options are a table" or slip(given, WORDS, "option")
  if wrong then error(("%s: %s"):format(what, wrong), 0) end
  for _, word in ipairs { "root", "host", "account" } do
    if type(given[word]) ~= "string" or given[word] == "" then error(("%s: %s is needed"):format(what, word), 0) end
  end
end

-- The lock's file, and its name in this machine: they tell nothing of the account.
local function places_of(given)
  local digest = require("neap.digest").sha256(given.host:lower() .. "\0" .. given.account):sub(1, 32)
  return ("%s/.accounts/%s"):format(given.root, digest), "account-" .. digest
end

local function pid_in(path)
  local text = files.read(path .. "-lock", 64)
  return text and math.tointeger(tonumber(text:match "^%d+"))
end

-- Who wrote last that he holds it; nothing where that was another process than the one that does.
local function read_owner(path)
  local text, pid = files.read(path .. ".json", 1 << 16), pid_in(path)
  local owner = text and json.decode(text)
  if type(owner) == "table" and owner.pid == pid then return owner end
  return { pid = pid }
end

local function write_owner(path, given)
  local file, message = io.open(path .. ".json", "wb")
  if not file then return nil, fault("cannot_create", "who holds the account cannot be written: " .. message, path) end
  file:write(json.encode { pid = require("neap.run_c").pid(), session = given.session, directory = given.directory,
    host = given.host, watcher = given.watcher }, "\n")
  file:close()
  return true
end

local function say_held(path, host)
  local owner = read_owner(path)
  local who = owner.session and ("session %s"):format(owner.session) or "another session"
  local does = owner.watcher and "is dead and its entries are taken back" or "trades on this account"
  local err = fault("account_locked", ("%s %s at %s%s%s"):format(who, does, host,
    owner.watcher and "" or " already",
    owner.pid and (", process %d"):format(owner.pid) or ""), owner.directory)
  err.owner = owner
  return nil, err
end

-- Of a session that is kept in another directory there is no more than its process.
local function say_elsewhere(pid, host)
  local err = fault("account_locked", ("a session that is kept elsewhere on this machine trades on this account at " ..
    "%s already%s"):format(host, pid and pid > 0 and (", process %d"):format(pid) or ""))
  err.owner = { pid = pid and pid > 0 and pid or nil }
  return nil, err
end

-- Who only watches over another session has it for moments: those are waited for. A name that nobody answers for is
-- tried once more, for its process may just have died; the core waits for those that are dying.
local function wait_and_take(path, name, given)
  local run = require "neap.run_c"
  local begun, loop = run.now(), nil
  local deadline = begun + (given.patience or 0)
  while true do
    local lock, err = core.take(path, name)
    local elsewhere = not lock and err.code == "locked_elsewhere"
    local pid = elsewhere and core.owner(name) -- nil: a process that has just died
    if pid or elsewhere and run.now() - begun > DEATH then return say_elsewhere(pid, given.host) end
    if not elsewhere then
      if lock or err.code ~= "locked" then return lock, err end
      if not read_owner(path).watcher or run.now() >= deadline then return say_held(path, given.host) end
    end
    loop = loop or run.open_loop()
    loop:turn(run.now() + TICK)
  end
end

-- account_lock.account_of(the venue's answer on a key's permissions) → the portfolio that is locked; "unknown" where
-- the venue does not tell.
function account_lock.account_of(permissions)
  local uuid = permissions.portfolio_uuid
  return type(uuid) == "string" and uuid ~= "" and uuid or "unknown"
end

-- account_lock.take{ root = where sessions are kept, host =, account =, session =, directory =, watcher = holds it for
-- moments only, patience = ns to wait for such a one } → a lock to hold until :close(); or nil and a fault:
-- "account_locked", with err.owner = { pid =, session =, directory =, watcher = }.
account_lock.take = blame(function(given)
  check("account_lock.take", given)
  local path, name = places_of(given)
  local ok, err = require("neap.run.place").make(given.root .. "/.accounts")
  if ok == nil then return nil, err end
  local lock
  lock, err = wait_and_take(path, name, given)
  if not lock then return nil, err end
  ok, err = write_owner(path, given)
  if ok then return lock end
  lock:close()
  return nil, err
end)

-- Whether it could be taken now → true, or nil and the fault of who holds it.
account_lock.is_free = blame(function(given)
  check("account_lock.is_free", given)
  local path, name = places_of(given)
  local pid = core.owner(name)
  if not pid then return true end
  if pid > 0 and read_owner(path).pid == pid then return say_held(path, given.host) end
  return say_elsewhere(pid, given.host)
end)

return account_lock
