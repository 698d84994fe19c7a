-- SPDX-License-Identifier: MIT
-- A session on a clock: bars come when their time has come, its owner is heard between two events, and it stops in
-- order. One thread; what waits is the loop of neap.run_c.
local blame = require "neap.base.blame"
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local json = require "neap.json"
local lists = require "neap.base.lists"
local place = require "neap.run.place"
local session = require "neap.session"
local slip = require "neap.base.slip"
local trial = require "neap.run.trial"

local run = {}

local SLICE = 1000000 -- ns of work between two looks at socket and signals
local SECOND = 1000000000 -- ns: at least so often session time goes on and files are looked at
local NEVER, AT_ONCE = math.maxinteger, math.mininteger

local methods = {}
methods.__index = methods

-- The first reason stays.
function methods:ask_to_stop(reason, how)
  if self.over then return end
  self.over, self.how = reason, how or self.how
end

local function names_of(changes)
  local names = {}
  for i, change in ipairs(changes or {}) do names[i] = change.name or change.key or tostring(change) end
  return names
end

-- The engine that the flags ask for, unless the session was started with one by name.
local function follow_engine(self, loaded)
  local is_fixed = session.inside(self.session).made.options.engine
  if not loaded or is_fixed or loaded.engine == self.facts.engine then return end
  self.say("info", ("engine %s -> %s (%s)"):format(self.facts.engine, loaded.engine, loaded.engine_reason))
  self.facts.engine = loaded.engine
end

-- What has changed in the configuration's files is in force from now on; what is wrong with them is said, and the old
-- one stays. → { number =, changed = }, or nil and a fault.
function methods:reload(again)
  local ok, news = pcall(self.session.poll_configuration, self.session, again)
  if ok and not news then return { changed = json.array {} } end
  local refused = not ok and news or news.refused or news.refused_policy or news.failed
  if refused then
    self.say("alert", "the configuration is as before: " .. tostring(refused))
    local is_new = not ok or not news.files or #news.files > 0
    if is_new then self.core:note("configuration_refused", { { "message", tostring(refused) } }) end
    return nil, refused
  end
  local names = names_of(news.changes)
  if news.number then
    self.facts.configuration = news.number
    self.say("info", ("configuration %s is in force: %s"):format(news.number, table.concat(names, ", ")))
    follow_engine(self, news.configuration)
  end
  return { number = news.number, changed = json.array(names) }
end

-- A person knows of these alerts. What comes of it is told in the session's answers.
function methods:acknowledge(code, who)
  if not self.session.alerts then return nil, fault("no_alerts", "the session was started without alerts") end
  local ok, told = pcall(session.methods.ack, self.session, code, who)
  if not ok then return nil, fault("bad_command", (tostring(told):gsub("^.-: ", ""))) end
  if not told then return nil, fault("busy", "the operations thread has no room now; ask again") end
  return { code = code }
end

local function hear_signals(self)
  for name in function() return self.loop:asked() end do
    if name ~= "SIGHUP" then
      if self.is_leaving then self.impatient = name end
      self:ask_to_stop(name)
    elseif self.can_reload and not self.over then
      self:reload()
    end
  end
end

-- Once a second, however fast the session goes.
local function look_at_files(self)
  local now = core.now()
  if not self.can_reload or now < self.next_look then return end
  self.next_look = now + SECOND
  self:reload()
  if trial.end_if_tripped(self) then self:reload() end
end

-- Session time goes to now, unless a bar is due before: then it is late, and its time comes with it.
local function move_clock(self)
  local moment = self.core:next()
  local now = self.pace and moment and self:session_time()
  if now and now < moment then self.core:tick(now) end
end

-- Who asks while the session turns to leaving is served when it does: what is taken from the loop is answered.
local function next_request(self)
  if self.over and not self.is_leaving then return nil end
  return self.loop:request()
end

local function serve(self, commands)
  local client, line, who = next_request(self)
  if client then move_clock(self) end
  while client do
    local answer = commands.serve(self, line, who)
    if answer then self.loop:answer(client, answer) else self.asking[#self.asking + 1] = client end
    client, line, who = next_request(self)
  end
end

function methods:session_time()
  return core.session_time(self.pace.speed, self.pace.wall, self.pace.session, core.now())
end

local function wake_time(self, moment)
  if not self.pace then return AT_ONCE end
  return math.min(core.wall_time(self.pace.speed, self.pace.wall, self.pace.session, moment), core.now() + SECOND)
end

-- The two times meet at what happens first.
local function set_pace(self, moment)
  self.pace = self.speed and { speed = self.speed, wall = core.now(), session = moment }
end

local function release(self)
  move_clock(self)
  local closed, err = self.core:release_until(self.pace and self:session_time() or NEVER, self.once and 0 or SLICE)
  if not closed then return nil, err end
  self.bars = self.bars + closed
  if self.once and closed > 0 then self:ask_to_stop "one cycle" end
  return true
end

local function drive(self, commands)
  local moment = self.core:next()
  if moment then set_pace(self, moment) end
  while moment and not self.over do
    self.loop:turn(wake_time(self, moment))
    hear_signals(self)
    serve(self, commands)
    look_at_files(self)
    if self.over then break end
    local ok, err = release(self)
    if not ok then return nil, err end
    moment = self.core:next()
  end
  self:ask_to_stop "end of the data"
  return true
end

-- A market that runs is turned; data that lie there are let in when their time has come.
local function drive_any(self, commands)
  if not self.turns then return drive(self, commands) end
  local turning = require "neap.run.turning"
  local ok, err = turning.drive(self, function()
    hear_signals(self)
    serve(self, commands)
    look_at_files(self)
    if self.each then self.each(self) end
  end)
  if ok then
    ok, err = turning.wind_down(self, function()
      hear_signals(self)
      serve(self, commands)
    end)
  end
  return ok, err
end

local function finish(self)
  local result, err = session.finish(self.session, self.over, self.how)
  if result then result.reason, result.bars_on_clock = self.over, self.bars end
  return result, err
end

local function close_parts(self)
  session.inside(self.session).object:release()
  for _, part in ipairs(self.owned or {}) do part:close() end
  self.loop:close()
end

-- For one that was opened and will not go: stopped in order, whatever works stays. → true, or nil and a fault.
function methods:give_up(reason)
  self.gone, self.over, self.how = true, reason, "keep"
  local result, err = finish(self)
  close_parts(self)
  return result and true, err
end

-- Goes until it is over → the result, or nil and a fault. Once. `look(session, result)` sees it before it is closed.
function methods:go(look)
  if self.gone then error("a run goes once; open another", 2) end
  self.gone = true
  local commands = require "neap.run.commands"
  local ok, err = drive_any(self, commands)
  local result
  if ok then result, err = finish(self) end
  if result and look then look(self.session, result) end
  for _, client in ipairs(self.asking) do self.loop:answer(client, commands.stopped(result, err)) end
  close_parts(self)
  return result, err
end

-- Whoever reads that it is ready finds that it began.
local function listen(self, directory)
  local ok, err = self.core:settle()
  if ok then ok, err = self.loop:hear() end
  if ok and directory then ok, err = self.loop:listen(directory) end
  return ok, err
end

local function check_speed(speed)
  if speed == nil or speed == 0 then return true end
  if type(speed) == "number" and speed >= 0.001 and speed <= 1e9 then return true end
  return nil, fault("out_of_range", "speed is a number from 0.001 to 1000000000, or 0: as fast as it goes")
end

-- → the session, and whether it goes on from an earlier one; or nil and a fault.
local function open_session(options)
  local given, resumes = options.session, false
  if options.directory then
    given.store, given.resume = options.directory, place.has_store(options.directory)
    resumes = place.has_events(options.directory)
  end
  given.dry_run, given.history = options.dry_run or nil, true
  local opened, err = session.open(given, { name = options.name, on_clock = true, start_if_empty = true })
  return opened, opened and resumes or err
end

local words = { session = true, directory = true, name = true, speed = true, once = true, dry_run = true,
  on_stop = true, facts = true, loop = true, owned = true, each = true }

local function check_words(options)
  if type(options) ~= "table" then error("run: a table of options is wanted", 0) end
  local wrong = slip(options, words, "option")
  if wrong then error("run: " .. wrong, 0) end
  if type(options.session) ~= "table" then error("run: session is a table, the options of neap.session", 0) end
  if options.on_stop and not lists.has({ "keep", "cancel", "flatten" }, options.on_stop) then
    error(("run: on_stop: '%s' is not one of keep, cancel, flatten"):format(tostring(options.on_stop)), 0)
  end
end

-- { session = options of neap.session, directory =, name =, speed = 0, once =, dry_run =, on_stop = "cancel", facts = }
-- → a run: its `session`, and `go()`. Or nil and a fault.
run.open = blame(function(options)
  check_words(options)
  local ok, err = check_speed(options.speed)
  if not ok then return nil, err end
  local loop = options.loop
  if not loop then loop, err = core.open_loop() end
  if not loop then return nil, err end
  local opened, resumes = open_session(options)
  if not opened then return nil, resumes end
  local self = setmetatable({
    session = opened, core = session.inside(opened).object, loop = loop, bars = 0, facts = options.facts or {},
    once = options.once or options.dry_run, how = options.on_stop or (options.once and "keep" or "cancel"),
    resumed = resumes, can_reload = session.methods.poll_configuration ~= nil, next_look = core.now(),
    say = options.session.on_log or function() end, turns = options.session.outside ~= nil, owned = options.owned,
    each = options.each, asking = {},
  }, methods)
  self.speed = not self.once and options.speed and options.speed > 0 and options.speed or nil
  ok, err = listen(self, options.directory)
  if ok then return self end
  self.core:release()
  loop:close()
  return nil, err
end)

return run
