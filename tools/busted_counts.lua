-- SPDX-License-Identifier: MIT
-- busted output handler: the terminal report, and the counts in the file that NEAP_TEST_COUNTS names.
return function(options)
  local busted = require "busted"
  local handler = require("busted.outputHandlers." .. options.defaultOutput)(options)

  busted.subscribe({ "suite", "end" }, function()
    local file = assert(io.open(os.getenv "NEAP_TEST_COUNTS", "w"))
    file:write(string.format("%d %d %d\n", handler.successesCount, handler.failuresCount + handler.errorsCount,
      handler.pendingsCount))
    file:close()
    return nil, true
  end)
  return handler
end
