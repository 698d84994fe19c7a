-- SPDX-License-Identifier: MIT
-- Verbs whose first word says what to do (neap account, neap config): is it one, do as many words follow it as it
-- takes, and do the flags go with it?
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"

-- `verb`: { name =, usage =, words = { WORD = { least, most, … } }, flags = { FLAG = { WORD = true } } } → the word's
-- entry, or nil and a fault.
return function(verb, given)
  local word, rest = given.word, given.rest
  local function usage(message, near, ...) return nil, output.error("usage", message:format(...), nil, near) end
  local rule = verb.words[word]
  if not rule then
    local words = lists.sorted_keys(verb.words)
    return usage("%s: '%s' is none of %s", nearest(word, words), verb.name, word, table.concat(words, ", "))
  end
  if #rest < rule[1] then return usage("%s %s: a word is missing; usage: %s", nil, verb.name, word, verb.usage) end
  if #rest > rule[2] then
    return usage("%s %s: '%s' is one word too many; usage: %s", nil, verb.name, word, rest[rule[2] + 1], verb.usage)
  end
  for _, flag in ipairs(lists.sorted_keys(verb.flags)) do
    if given[flag] and not verb.flags[flag][word] then
      return usage("%s %s takes no --%s", nil, verb.name, word, (flag:gsub("_", "-")))
    end
  end
  return rule
end
