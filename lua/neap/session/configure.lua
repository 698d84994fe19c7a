-- SPDX-License-Identifier: MIT
-- What s:configure takes: a configuration that neap.config loaded, and who wants it and why.
local slip = require "neap.base.slip"

local NOTE = { who = "string", why = "string", number = "integer", policy = "userdata" }

local function misuse(message, ...) error(message:format(...), 0) end

local function check_note(note)
  local wrong = slip(note, NOTE, "option")
  if wrong then misuse("configure: %s", wrong) end
  for word, kind in pairs(NOTE) do
    local given = note[word]
    local got = kind == "integer" and math.type(given) or type(given)
    if given ~= nil and got ~= kind then misuse("configure: %s is a %s, not %s", word, kind, type(given)) end
  end
end

local function sources_of(loaded)
  local list = {}
  for i, field in ipairs(loaded.limits:fields()) do list[i] = loaded.sources[field.name] or "unknown" end
  return list
end

-- → what the core takes. `before` is the configuration that is in force.
return function(before, loaded, note)
  if type(loaded) ~= "table" or getmetatable(loaded.limits) ~= "neap.limits" or type(loaded.sources) ~= "table" then
    misuse "configure: what neap.config.load gives is wanted"
  end
  check_note(note)
  return {
    limits = loaded.limits, limit_sources = sources_of(loaded), number = note.number, who = note.who, why = note.why,
    policy = note.policy, engine_before = before.engine, engine_after = loaded.engine,
  }
end
