-- SPDX-License-Identifier: MIT
-- A table of options whose words and their types are known. A slip is its caller's error, and raised without a place.
local lists = require "neap.base.lists"
local slip = require "neap.base.slip"

local function misuse(message, ...) error(message:format(...), 0) end

-- check_options("call", { tries = "3" }, { tries = "integer" }) raises "call: tries is a integer, not string"
return function(what, given, words)
  if type(given) ~= "table" then misuse("%s: a table is wanted, not %s", what, type(given)) end
  local wrong = slip(given, words, "option")
  if wrong then misuse("%s: %s", what, wrong) end
  for _, word in ipairs(lists.sorted_keys(given)) do
    local kind = math.type(given[word]) or type(given[word])
    if kind ~= words[word] then misuse("%s: %s is a %s, not %s", what, word, words[word], kind) end
  end
end
