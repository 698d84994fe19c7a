-- SPDX-License-Identifier: MIT
-- The session itself at a moment of its past: its recording is played up to there and held, so that its market can be
-- looked at. For a later moment it is played on; for an earlier one it begins anew.
local fork = require "neap.replay.fork"
local moments = require "neap.replay.moment"
local place = require "neap.replay.place"
local player = require "neap.replay.player"

local standing = {}

local function open(own)
  local found, err = place.of(own.path, "books, marks and indicators of a moment come")
  if not found then return nil, err end
  return player.open(found, own.lives, #found.stages > 0 and { may_loosen = true } or nil)
end

function standing.close(own)
  local played = own.played
  own.played, own.stood, own.guard, own.kept = nil, nil, nil, nil
  if played then player.close(played) end
end

-- The parts of a session go in their order also when nobody closes it: what was made last is collected first, and that
-- is this, made anew whenever it was played on.
local function watch(own)
  local guard = setmetatable({}, { __gc = function(self) if own.guard == self then standing.close(own) end end })
  own.guard = guard
end

-- Of what was kept before an input that made an event which was due earlier: does it hold at that moment?
local function has_kept(own, moment) return own.kept and moment < own.kept.until_ns end

-- Is the same session there, which no fork has made another one since?
local function is_same_session(played, stood, seq)
  for _, stage in ipairs(played.place.stages) do
    if stage.event < seq and stage.event >= stood.seq then return false end
  end
  return true
end

-- Can it be played on to there? One that has come to a life's end knows nothing of a session that runs on.
local function leads_to(own, moment, seq)
  local played, stood = own.played, own.stood
  if not stood or played.life ~= player.life_of(played, seq) then return false end
  if stood.moment == moment and stood.seq == seq then return true end
  if not is_same_session(played, stood, seq) then return false end
  local is_behind = player.now(played) <= moment or has_kept(own, moment)
  return played.is_held and is_behind and stood.moment <= moment and stood.seq <= seq
end

local function begin(own, seq)
  local played, err = open(own)
  if not played then return nil, err end
  own.played = played
  local ok
  ok, err = fork.reach(played, seq)
  return ok and played, err
end

-- A player in the life of that event that can be played on to there; or nil and a fault.
local function find(own, moment, seq)
  if own.played and leads_to(own, moment, seq) then return own.played end
  standing.close(own)
  local last = own.lives and own.lives[#own.lives]
  if last and seq > last.till then own.lives = nil end -- it has gone on
  return begin(own, seq)
end

-- The market as it is now, until the next input.
local function keep(own)
  local played, books = own.played, {}
  for _, product in ipairs(played.object and own.state.products or {}) do
    books[product.id] = played.object:book(product.id)
  end
  own.kept = played.object and { until_ns = player.next_moment(played), books = books,
    marks = played.object:get "marks" }
end

-- An event that was due between two inputs is made by the one behind it, before which the market is kept.
local function make(own, seq)
  local played = own.played
  if not played.is_held or moments.made(played) >= seq then return true end
  if not own.kept then keep(own) end
  return moments.make(played, seq)
end

local function play_to(own, moment, seq)
  if not has_kept(own, moment) then
    own.kept = nil
    local ok, err = player.play(own.played, moment)
    if not ok then return nil, err end
  end
  return make(own, seq)
end

-- own: { path =, moment =, state = } → a session's core object as it was then, to be read, and what was `kept` of its
-- market where that has gone on since; or nil and a fault.
function standing.at(own)
  local moment, seq = own.moment, own.state.last_seq
  local played, err = find(own, moment, seq)
  local ok = played ~= nil
  if played then ok, err = play_to(own, moment, seq) end
  if ok then ok, err = played.loop:damage() end
  if ok then err = moments.differs(played, seq) end
  if err then
    standing.close(own)
    return nil, err
  end
  watch(own)
  own.stood, own.lives = { moment = moment, seq = seq }, played.recorded
  return played.object, own.kept
end

return standing
