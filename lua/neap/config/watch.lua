-- SPDX-License-Identifier: MIT
-- Watches the files that a configuration was read from, by their content: what one cycle of a session asks for.
local config = require "neap.config"
local digest = require "neap.digest"
local files = require "neap.base.files"

local watch = {}
watch.__index = watch

local MOST = 10 << 20

-- What a file holds, in a word; a file that cannot be read is another one than any that can.
local function fingerprint(path)
  local text, wrong = files.read(path, MOST)
  return text and digest.sha256(text) or "none: " .. tostring(wrong)
end

local function look(self)
  local changed = {}
  for _, path in ipairs(self.paths) do
    local now = fingerprint(path)
    if self.seen[path] ~= now then
      changed[#changed + 1] = path
      self.seen[path] = now
    end
  end
  return changed
end

-- Paths that a load read or looked for, and the policy's.
local function remember(self, list)
  local known = {}
  self.paths = {}
  for _, path in ipairs(table.move({ self.policy }, 1, 1, #list + 1, table.move(list, 1, #list, 1, {}))) do
    if not known[path] then self.paths[#self.paths + 1], known[path] = path, true end
    self.seen[path] = self.seen[path] or fingerprint(path)
  end
end

-- watch.new(loaded, options, policy): `loaded` was config.load(options); `policy` is the path of the engine policy, or
-- nil.
function watch.new(loaded, options, policy)
  local self = setmetatable({ options = options, policy = policy, seen = {}, current = loaded }, watch)
  remember(self, loaded.files)
  return self
end

local function is_in(list, word) return require("neap.base.lists").has(list, word) end

-- Words of these files that a stronger source hides and that the configuration before did not have.
local function new_hidden(before, after)
  local known, list = {}, {}
  for _, word in ipairs(before.hidden_in_all) do known[word.key .. "\0" .. word.source .. "\0" .. word.value] = true end
  for _, word in ipairs(after.hidden_in_all) do
    if not known[word.key .. "\0" .. word.source .. "\0" .. word.value] then list[#list + 1] = word end
  end
  return list
end
watch.new_hidden = new_hidden

-- nil: nothing changed since it was asked last. Else { files = the changed ones } and either `refused` = why the new
-- configuration is none (told once; the old one stays in force), or `configuration` = the new one, `changes` = what
-- differs, `hidden` = words that have no effect; `policy` = its path, when it is among the changed.
function watch:poll()
  local changed = look(self)
  if #changed == 0 then return nil end
  local news = { files = changed, policy = self.policy and is_in(changed, self.policy) and self.policy or nil }
  if news.policy and #changed == 1 then return news end
  local loaded, err = config.load(self.options)
  if not loaded then
    remember(self, err.files or self.paths)
    news.refused = err
    return news
  end
  remember(self, loaded.files)
  news.configuration, news.changes = loaded, config.compare(self.current, loaded)
  news.hidden, self.current = new_hidden(self.current, loaded), loaded
  return news
end

return watch
