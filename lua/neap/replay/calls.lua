-- SPDX-License-Identifier: MIT
-- The calls of a recording, made again: of the client, of the venue's parts, of the session.
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local net = require "neap.base.net"
local recording = require "neap.session.recording"
local replay_core = require "neap.replay_c"
local session = require "neap.session"

local calls = { client = {}, venue = {}, session = {} }

-- What it signs nobody sees.
local function keys_of(kind)
  if kind == "key" then return { key = require("neap.signer").new_key "ed25519", key_name = "replay" } end
  if kind == "legacy" then return { legacy_key = "replay", legacy_secret = "cmVwbGF5" } end
  return {}
end

function calls.client.open(self, options)
  local keys, loop = keys_of(options.key), self.loop
  local err
  self.client, err = net "coinbase".open { base = options.base, key = keys.key, key_name = keys.key_name,
    legacy_key = keys.legacy_key, legacy_secret = keys.legacy_secret, sign_host = options.sign_host, loop = loop,
    poller = loop:poller(), inputs = loop:inputs(), seed = options.seed, tries = options.tries,
    private_rate = options.private_rate, public_rate = options.public_rate }
  return self.client, err
end

function calls.client.ask(self, question) return self.client:ask(question) end

function calls.client.tick(self) return self.client:tick() end

function calls.venue.open(self, own, text)
  local err
  self.products, err = require("neap.product").parse_venue(text)
  if not self.products then return nil, err end
  own.products = self.products
  self.parts, err = net "coinbase_session".open(self.client, own)
  return self.parts, err
end

function calls.venue.tick(self) return self.parts:tick() end

-- The store as it was when this life began, and what is compared with it.
local function open_store(self, events)
  local err
  self.store = self.scratch .. "/" .. #self.lives
  if events > 0 then
    local ok
    files.lfs.mkdir(self.store)
    ok, err = replay_core.copy(self.events, self.store .. "/events.db", events)
    if not ok then return nil, err end
  end
  self.check, err = replay_core.check(self.events, events, self.life.till, self.loop:inputs())
  return self.check, err
end

local function set_strategies(given, opening)
  if not opening.is_single then
    given.strategies, given.params = opening.strategies, nil
  elseif opening.strategies[1] then
    given.strategy = opening.strategies[1].strategy
  end
end

function calls.session.open(self, opening)
  local given, extra = opening.given, opening.extra
  local ok, err = open_store(self, opening.events)
  if not ok then return nil, err end
  given.configuration, err = recording.unpack_configuration(opening.configuration)
  if not given.configuration then return nil, err end
  set_strategies(given, opening)
  given.store, given.resume, given.policy = self.store, opening.events > 0, self.policy
  given.on_log = function() end
  given.outside = { products = self.products, loop = self.loop, core = { pointer = self.parts:pointer(),
    bars = opening.outside.bars, history = opening.outside.history, start = opening.outside.start,
    at = opening.outside.at, speed = opening.outside.speed, owner = self.parts } }
  extra.journal = self.check:observer()
  self.session, err = session.open(given, extra)
  self.object = self.session and session.inside(self.session).object
  return self.session, err
end

function calls.session.configure(self, packed)
  local loaded, err = recording.unpack_configuration { fields = packed.fields, sources = packed.sources }
  if not loaded then return nil, err end
  return self.object:configure { limits = loaded.limits, limit_sources = packed.sources, number = packed.number,
    who = packed.who, why = packed.why, policy = packed.has_policy and self.policy or nil,
    engine_before = packed.engine_before, engine_after = packed.engine_after }
end

function calls.session.leave(self, reason, how)
  self.life.is_left = true
  return session.finish(self.session, reason, how)
end

local function act_of(noted)
  local known = calls[noted.to] and calls[noted.to][noted.call]
  if known or noted.to ~= "session" then return known end
  return function(self, ...) return self.object[noted.call](self.object, ...) end
end

-- What failed when it was recorded fails again; that is the session's matter, and compared.
return function(self, text)
  local noted = text ~= "" and recording.read(text)
  if not noted or noted.lost then
    return nil, fault("unreadable_call", ("a call was recorded that cannot be made again: %s"):format(noted and
      noted.lost or "it has no words"))
  end
  local act = act_of(noted)
  if not act then
    return nil, fault("unknown_call", ("this version knows no call '%s' of the %s"):format(noted.call, noted.to))
  end
  local ok, done, err = pcall(act, self, table.unpack(noted, 1, noted.n))
  if noted.call == "open" and not (ok and done) then
    return nil, fault("not_opened", ("the %s does not open: %s"):format(noted.to, tostring(ok and err or done)))
  end
  return true
end
