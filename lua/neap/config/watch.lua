-- SPDX-License-Identifier: MIT
-- Watches the files that a configuration was read from, by their content: what one cycle of a session asks for.
local digest = require "neap.digest"
local files = require "neap.base.files"

local watch = {}
watch.__index = watch

local MOST = 1 << 20

-- What a file holds, in a word; one that cannot be read is another than any that can.
function watch.fingerprint(text, wrong) return text and digest.sha256(text) or "none: " .. tostring(wrong) end

local function look(self)
  local changed = {}
  for _, path in ipairs(self.paths) do
    local now = watch.fingerprint(files.read(path, MOST))
    if self.prints[path] ~= now then changed[#changed + 1], self.prints[path] = path, now end
  end
  return changed
end

-- The paths that a load read or looked for, as it found them, and the policy's.
local function remember(self, list, prints)
  local known = {}
  self.paths = {}
  for _, path in ipairs(list) do
    if not known[path] then self.paths[#self.paths + 1], known[path] = path, true end
    self.prints[path] = prints[path]
  end
  if not self.policy then return end
  self.paths[#self.paths + 1] = self.policy
  self.prints[self.policy] = self.prints[self.policy] or watch.fingerprint(files.read(self.policy, MOST))
end

-- `loaded` is what config.load(options) gave; `policy` the path of the engine policy, or nil.
function watch.new(loaded, options, policy)
  local self = setmetatable({ options = options, policy = policy, prints = {}, current = loaded }, watch)
  remember(self, loaded.files, loaded.prints)
  return self
end

local function key_of(word) return table.concat({ word.key, word.source, word.value }, "\0") end

-- Words that a stronger source hides and that the configuration before did not have.
function watch.new_hidden(before, after)
  local known, list = {}, {}
  for _, word in ipairs(before.hidden_in_all) do known[key_of(word)] = true end
  for _, word in ipairs(after.hidden_in_all) do
    if not known[key_of(word)] then list[#list + 1] = word end
  end
  return list
end

-- nil: nothing changed since it was asked last. Else { files = the changed ones } and either `refused` = why the new
-- configuration is none (told once; the old one stays in force), or `configuration` = the new one, `before`, `changes`
-- = what differs, `hidden` = words that have no effect. `policy`: its path, when it is among the changed. `again`: a
-- refusal that still stands is told again.
function watch:poll(again)
  local config = require "neap.config"
  local changed = look(self)
  if #changed == 0 then return again and self.refused and { files = changed, refused = self.refused } or nil end
  local has_policy = changed[#changed] == self.policy
  local news = { files = changed, policy = has_policy and self.policy or nil }
  if has_policy and #changed == 1 then return news end
  local loaded, err = config.load(self.options)
  if not loaded then
    remember(self, err.files, err.prints)
    news.refused, self.refused = err, err
    return news
  end
  remember(self, loaded.files, loaded.prints)
  news.configuration, news.before = loaded, self.current
  news.changes, news.hidden = config.compare(self.current, loaded), watch.new_hidden(self.current, loaded)
  self.current, self.refused = loaded, nil
  return news
end

return watch
