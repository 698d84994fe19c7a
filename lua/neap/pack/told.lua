-- SPDX-License-Identifier: MIT
-- What the events themselves say of a session's life, configuration, code and inputs. The packer writes it down, and
-- who verifies makes it once more.
local in_force = require "neap.session.in_force"
local json = require "neap.json"
local lists = require "neap.base.lists"
local rows = require "neap.pack.rows"

local told = {}

local function strategies_of(body)
  if body.strategies then return body.strategies end
  return { { name = body.strategy or "", digest = body.strategy_digest or "" } }
end

-- The policy that chooses engines, from the event on that says its digest; without a file it has none.
local function add_policy(self, row)
  local digest = row.body.policy_digest
  if not digest or digest == self.policy then return end
  self.policy = digest
  table.insert(self.code, { policy = "engine_policy", digest = digest, since = row.seq })
end

-- Each strategy's digest from the event on that said it first; a resumed one names its own again.
local function add_code(self, row)
  for _, strategy in ipairs(strategies_of(row.body)) do
    local key = strategy.name .. "\0" .. strategy.digest
    if strategy.digest ~= "" and not self.seen[key] then
      self.seen[key] = true
      table.insert(self.code, { strategy = strategy.name, digest = strategy.digest, since = row.seq })
    end
  end
end

local function add_life(self, row)
  table.insert(self.lives, { event = row.seq, time = row.time, type = row.type, version = row.body.version })
  add_code(self, row)
  add_policy(self, row)
end

local function add_change(self, row)
  local body = row.body
  add_policy(self, row)
  table.insert(self.changes, { event = row.seq, time = row.time, number = body.number, who = body.who, why = body.why,
    policy_digest = body.policy_digest, changed = body.changed })
end

local function add_input(self, row)
  local read = { product = row.product }
  for name, value in pairs(row.body) do read[name] = value end
  table.insert(self.read, read)
end

local READERS = {
  session_started = function(self, row) self.started = row.body add_life(self, row) end,
  session_resumed = add_life, session_forked = add_life, configuration_changed = add_change, data_read = add_input,
}
local TYPES = { "session_started", "session_resumed", "session_forked", "configuration_changed", "data_read" }

-- What was in force at the end, of fields that somebody set; nil where the events do not go back that far.
local function values_of(configuring, last)
  local all, number = in_force.at(configuring, last)
  if not all then return nil, number end
  local values = json.array {}
  for _, name in ipairs(lists.sorted_keys(all)) do
    values[#values + 1] = { name = name, value = all[name].value, source = all[name].source }
  end
  return values, number
end

local function served_last(path)
  local row = rows.first(path, { type = "decision", newest_first = true })
  return row and row.body.engine
end

-- { configuration =, code =, read = } of the events of `path`, of which `last` is the last. Raises the file's faults.
function told.read(path, last)
  local self = { lives = json.array {}, code = json.array {}, changes = json.array {}, read = json.array {}, seen = {} }
  local configuring = {}
  local first = rows.first(path, {})
  if first and first.type == "state_snapshot" then add_code(self, first) end
  rows.each(path, TYPES, function(row)
    if row.type ~= "data_read" then configuring[#configuring + 1] = row end
    READERS[row.type](self, row)
  end)
  local values, number = values_of(configuring, last)
  local configuration = { schema = "neap.pack_configuration/1", lives = self.lives, changes = self.changes,
    started = self.started, values = values, number = number, engine = served_last(path) }
  return { configuration = configuration, code = self.code, read = self.read }
end

return told
