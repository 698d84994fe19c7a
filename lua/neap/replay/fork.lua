-- SPDX-License-Identifier: MIT
-- A recorded session is played strictly up to a moment, each event compared, and is another one from there on: on
-- paper, with other strategies, parameters, limits or engine (ADR-108). A fork is made again in the same way, and can
-- be left in its turn (ADR-114).
local acts = require "neap.replay.acts"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local moments = require "neap.replay.moment"
local player = require "neap.replay.player"
local replay_core = require "neap.replay_c"
local seats = require "neap.replay.seats"
local session = require "neap.session"
local setup = require "neap.backtest.setup"
local what_if = require "neap.replay.what_if"

-- What the recorded calls do up to the moment: what a strict replay's do, and what is in force is remembered.
local fork = { session = {} }

function fork.session.open(self, opening)
  seats.see(self, opening)
  return acts.session.open(self, opening)
end

function fork.session.configure(self, packed)
  seats.see_change(self, packed)
  return acts.session.configure(self, packed)
end

-- Behind it: what a what-if's do. The events of one that is made again are compared.
local behind = { venue = what_if.venue, session = {} }

function behind.session.open(self, opening)
  local life = self.life
  if not self.is_new then
    local err
    self.check, err = replay_core.check(self.events, life.after, life.till, self.loop:inputs())
    if not self.check then return nil, err end
    opening.extra.journal = self.check:observer()
  end
  seats.see(self, opening)
  local made, err = what_if.session.open(self, opening)
  seats.see_own(self, opening)
  return made, err
end

function behind.session.configure(self, packed)
  seats.see_change(self, packed)
  return what_if.session.configure(self, packed)
end

function behind.session.leave(self, ...)
  self.life.is_left = true
  return what_if.session.leave(self, ...)
end

-- ---- the moment -----------------------------------------------------------------------------------------------------

local function nothing_comes(self, seq)
  return fault("recording_ends", ("the recording ends with event %d: there is no market to go on with"):format(seq),
    self.events)
end

local function differs(self, at)
  local err = moments.differs(self, at.seq)
  if not err and self.life.is_left then
    return fault("ended", ("the session stopped with what came with event %d: a fork leaves it while it runs"):format(
      at.seq), self.events)
  end
  if not err and self.check:result().beyond > 0 then
    return fault("killed", ("the session was killed in the middle of what came with event %d: go to a moment before it")
      :format(at.seq), self.events)
  end
  if not err and not self.loop:coming() then return nothing_comes(self, at.seq) end
  return err
end

-- at: { moment =, seq = }, in the life that is played.
local function play_to(self, at)
  local ok, err = player.play(self, at.moment)
  if ok then ok, err = moments.make(self, at.seq) end
  if ok then ok, err = self.loop:damage() end
  if not ok then return nil, err end
  err = differs(self, at)
  return not err, err
end

-- The digest of the session's events up to that one, in the groups of its chain.
local function chain_of(self, seq)
  local path = self.scratch .. "/chain.db"
  local ok, err = replay_core.copy(self.events, path, seq)
  if not ok then return nil, err end
  local report
  report, err = event_store.verify(path)
  os.remove(path)
  return report and report.tail, err
end

-- ---- another one ----------------------------------------------------------------------------------------------------

local function is_changed(self, stage)
  return stage.strategy ~= nil or stage.engine ~= nil or next(stage.set or {}) ~= nil or self.seats.mode ~= "paper"
end

local function absolute(path) return path:sub(1, 1) == "/" and path or files.lfs.currentdir() .. "/" .. path end

-- In the event: what makes it again.
local function asked_of(self, stage)
  local list = { { "origin", stage.origin or absolute(self.place.directory) }, { "moment", stage.moment } }
  local function add(name, value) list[#list + 1] = value and { name, value } or nil end
  add("until", stage.until_ns)
  add("with", stage.strategy)
  add("set", next(stage.set or {}) and setup.texts(stage.set))
  add("engine", stage.engine)
  return list
end

-- The session that stands there becomes the other one. stage: { moment =, strategy =, set =, engine =, until_ns = };
-- of one that is made again also files, chain and origin, as neap.replay.place has it.
local function part(self, stage)
  local seq, core = moments.made(self), session.inside(self.session).made.core
  local before = seats.want(self, stage)
  local change, err = seats.find_change(self, before)
  if err then return nil, err end
  self.ignores_stops = self.ignores_stops or is_changed(self, stage)
  player.loosen(self, self.ignores_stops) -- a strategy's recorded text is found from here on
  local given = stage.files or {}
  for i = #given, 1, -1 do self.loop:keep_file(given[i].path, given[i].text) end
  local strategies, chain, last
  strategies, err = seats.find_strategies(self, stage.files == nil)
  if not strategies then return nil, err end
  chain, err = stage.chain, nil
  if not chain then chain, err = chain_of(self, seq) end
  if not chain then return nil, err end
  stage.strategy = self.wanted.strategy
  last, err = self.object:fork { session = core.id, event = seq, chain = chain, strategies = strategies,
    change = change, lua_root = core.lua_root, seed = core.seed, asked = asked_of(self, stage) }
  if not last then return nil, what_if.look_further(self, setup.tidy(err, self.seats.strategies)) end
  self.parts:drop_orders()
  seats.take(self, before)
  self.acts, self.has_begun, self.was_left, self.least, self.is_fork = behind, true, false, last, true
  self.from = { event = seq, moment = stage.asked or stage.moment }
  return true
end

-- ---- a fork that is there, made again -------------------------------------------------------------------------------

local function index_of(list, value)
  for i, item in ipairs(list) do
    if item == value then return i end
  end
end

local function differs_before(self, found, seq)
  local words = found.seq and ("the first that differs is event %d"):format(found.seq) or found.words or
    "there are others"
  return fault("replay_differs", ("what was recorded does not lead to event %d again: %s"):format(seq, words),
    self.events)
end

-- Plays on to the beginning of the life in which event `seq` is; one that is in it stays.
local function go_on(self, seq)
  local life = player.life_of(self, seq)
  while life and self.life ~= life do
    local ok, err = player.play(self)
    if ok then ok, err = self.loop:damage() end
    local found = player.leave(self)
    if not ok then return nil, err end
    if found and found.kind ~= "missing" then return nil, differs_before(self, found, seq) end
    player.begin(self, self.recorded[index_of(self.recorded, self.life) + 1])
  end
  return true
end

-- No life of the recording leads there.
local function not_led_to(self, seq)
  self.loop:skip(math.maxinteger)
  local ok, damage = self.loop:damage()
  return nil, not ok and damage or moments.not_recorded_to(self.events, seq)
end

-- Each stage before that event, one after the other.
local function make_again(self, seq)
  local ok, err = true, nil
  for _, stage in ipairs(self.place.stages) do
    if not ok or stage.event >= seq then break end
    ok, err = go_on(self, stage.event)
    if ok then ok, err = play_to(self, { moment = stage.moment, seq = stage.event }) end
    if ok then ok, err = part(self, stage) end
  end
  return ok, err
end

-- For a player that stands before the first life. It stands then in the life in which event `seq` is, at its beginning
-- or, of a fork, where that was made the session that it is there → true; or nil and a fault.
function fork.reach(self, seq)
  local first = self.place.stages[1]
  local is_fork = first and first.event < seq
  local life = player.life_of(self, is_fork and first.event or seq)
  if not life or not player.life_of(self, seq) then return not_led_to(self, seq) end
  if is_fork then
    self.home = self.home or self.scratch .. "/fork"
    self.acts, self.store = fork, self.home
  end
  player.begin(self, life)
  if not is_fork then return true end
  local ok, err = make_again(self, seq)
  if ok then ok, err = go_on(self, seq) end
  return ok, err
end

local function is_in(self, event) return event > self.life.after and event <= self.life.till end

-- Begins that life, in which the session may be left.
function fork.begin_life(self, life)
  player.begin(self, life)
  if self.is_fork or not is_in(self, self.place.stages[1].event) then return end
  self.home = self.scratch .. "/fork"
  self.acts, self.store = fork, self.home
end

-- Up to the stage, and it is made; a difference on the way is the player's.
local function play_stage(self, stage)
  local ok, err = player.play(self, stage.moment)
  if ok then ok, err = moments.make(self, stage.event) end
  if not ok or player.difference(self) then return false, err end
  return part(self, stage)
end

-- As player.play, of a life in which the session becomes another one, perhaps more than once.
function fork.play(self, until_ns)
  for _, stage in ipairs(self.place.stages) do
    local is_now = is_in(self, stage.event) and (not until_ns or stage.moment <= until_ns)
    if is_now then
      local ok, err = play_stage(self, stage)
      if not ok then return not err, err end
    end
  end
  return player.play(self, until_ns)
end

-- For a player that may loosen; options: of replay.simulate, with `from` = { moment =, seq = }. The session stands
-- there and is another one → true; or nil and a fault (`killed`: before that moment lies what a killed session had not
-- made durable).
function fork.begin(self, options)
  local at = options.from
  self.home, self.acts = self.store, fork
  local ok, err = fork.reach(self, at.seq)
  if ok then ok, err = play_to(self, at) end
  if ok then
    local stage = options.made_again or { strategy = options.strategy, set = options.set, engine = options.engine,
      until_ns = options.until_ns }
    stage.asked = at.moment
    stage.moment = stage.moment or math.max(at.moment, player.now(self)) -- of the input that made the event
    ok, err = part(self, stage)
  end
  self.is_new = ok
  return ok, err
end

return fork
