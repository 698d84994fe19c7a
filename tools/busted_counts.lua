-- SPDX-License-Identifier: MIT
-- busted output handler: the terminal report, and in the file that NEAP_TEST_COUNTS names the counts, and below them
-- where each failure was, its name, and indented what it said.
local function describe(failure)
  local where, message = failure.element.trace or {}, failure.message
  if type(message) ~= "string" then message = require("pl.pretty").write(message) end
  local name = (where.short_src and ("%s:%d: "):format(where.short_src, where.currentline) or "") .. failure.name
  return name .. "\n" .. message:gsub("%s+$", ""):gsub("[^\n]*", "  %0")
end

return function(options)
  local busted = require "busted"
  local handler = require("busted.outputHandlers." .. options.defaultOutput)(options)

  busted.subscribe({ "suite", "end" }, function()
    local file = assert(io.open(os.getenv "NEAP_TEST_COUNTS", "w"))
    file:write(string.format("%d %d %d\n", handler.successesCount, handler.failuresCount + handler.errorsCount,
      handler.pendingsCount))
    for _, list in ipairs { handler.failures, handler.errors } do
      for _, failure in ipairs(list) do file:write(describe(failure), "\n") end
    end
    file:close()
    return nil, true
  end)
  return handler
end
