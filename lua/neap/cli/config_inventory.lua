-- SPDX-License-Identifier: MIT
-- neap config inventory: files and variables, sorted.
local inventory = require "neap.config.inventory"
local output = require "neap.cli.output"

local verb = {}

local function count(entries)
  local counts, doubtful = {}, 0
  for _, kind in ipairs(inventory.kinds) do counts[kind] = 0 end
  for _, entry in ipairs(entries) do
    counts[entry.kind] = counts[entry.kind] + 1
    if entry.kind ~= "in use" then doubtful = doubtful + 1 end
  end
  return counts, doubtful
end

function verb.inventory(at, given)
  local entries, err = inventory.take(at.options)
  local counts, doubtful = count(entries)
  if given.json then
    output.json { schema = "neap.config_inventory/1", entries = require("neap.json").array(entries), counts = counts,
      problem = err and err.message }
  else
    output.print_columns({ { "kind" }, { "what" }, { "name" }, { "why" } }, entries)
    output.write(("%d in use, %d shadowed, %d orphaned, %d broken\n"):format(counts["in use"], counts.shadowed,
      counts.orphaned, counts.broken))
    if err then output.write("as a whole it cannot be used: ", output.clean(err.message), "\n") end
  end
  return given.strict and (doubtful > 0 or err) and output.FAILED or output.OK
end

return verb
