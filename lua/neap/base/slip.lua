-- SPDX-License-Identifier: MIT
-- The first key of a table that is not one of the known (a set, or a table with its defaults), in words; nil: none.
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"

-- slip({ cuont = 1 }, { count = 500 }, "option") → "unknown option 'cuont'; did you mean 'count'?"
return function(given, known, kind)
  for _, key in ipairs(lists.sorted_keys(given)) do
    if known[key] == nil then
      local words = lists.sorted_keys(known)
      local near = type(key) == "string" and nearest(key, words)
      return ("unknown %s '%s'; %s"):format(kind, tostring(key),
        near and ("did you mean '%s'?"):format(near) or "known: " .. table.concat(words, ", "))
    end
  end
end
