-- SPDX-License-Identifier: MIT
-- What the calls of a recording do when they are made again: of the client, of the venue's parts, of the session.
local files = require "neap.base.files"
local net = require "neap.base.net"
local recording = require "neap.session.recording"
local replay_core = require "neap.replay_c"
local session = require "neap.session"
local stores = require "neap.backtest.store"

local acts = { client = {}, venue = {}, session = {} }

-- What it signs nobody sees.
local function keys_of(kind)
  if kind == "key" then return { key = require("neap.signer").new_key "ed25519", key_name = "replay" } end
  if kind == "legacy" then return { legacy_key = "replay", legacy_secret = "cmVwbGF5" } end
  return {}
end

function acts.client.open(self, options)
  local keys, loop = keys_of(options.key), self.loop
  local err
  self.client, err = net "coinbase".open { base = options.base, key = keys.key, key_name = keys.key_name,
    legacy_key = keys.legacy_key, legacy_secret = keys.legacy_secret, sign_host = options.sign_host, loop = loop,
    poller = loop:poller(), inputs = loop:inputs(), seed = options.seed, tries = options.tries,
    private_rate = options.private_rate, public_rate = options.public_rate }
  return self.client, err
end

function acts.client.ask(self, question) return self.client:ask(question) end

function acts.client.tick(self) return self.client:tick() end

function acts.venue.open(self, own, text)
  local err
  self.products, err = require("neap.product").parse_venue(text)
  if not self.products then return nil, err end
  own.products = self.products
  self.parts, err = net "coinbase_session".open(self.client, own)
  return self.parts, err
end

function acts.venue.tick(self) return self.parts:tick() end

-- The store as it was when this life began, and what is compared with it. `home`: of who wants it somewhere.
local function open_store(self, events)
  local err
  self.store = self.home or self.scratch .. "/" .. #self.lives
  if events > 0 then
    local ok
    local path = stores.events_of(self.store)
    if path ~= self.store then files.lfs.mkdir(self.store) end
    ok, err = replay_core.copy(self.events, path, events)
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

function acts.session.open(self, opening)
  local given, extra = opening.given, opening.extra
  local ok, err = open_store(self, opening.events)
  if not ok then return nil, err end
  given.configuration, err = recording.unpack_configuration(opening.configuration)
  if not given.configuration then return nil, err end
  set_strategies(given, opening)
  given.store, given.resume, given.policy = self.store, opening.events > 0, self.policy
  given.on_log = function() end
  given.outside = { products = self.products, loop = self.loop,
    core = recording.outside_of(opening, self.parts) }
  extra.journal = self.check:observer()
  self.session, err = session.open(given, extra)
  self.object = self.session and session.inside(self.session).object
  return self.session, err
end

function acts.session.configure(self, packed)
  local loaded, err = recording.unpack_configuration { fields = packed.fields, sources = packed.sources }
  if not loaded then return nil, err end
  return self.object:configure { limits = loaded.limits, limit_sources = packed.sources, number = packed.number,
    who = packed.who, why = packed.why, policy = packed.has_policy and self.policy or nil,
    engine_before = packed.engine_before, engine_after = packed.engine_after }
end

function acts.session.leave(self, reason, how)
  self.life.is_left = true
  return session.finish(self.session, reason, how)
end

return acts
