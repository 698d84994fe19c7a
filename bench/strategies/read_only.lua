-- SPDX-License-Identifier: MIT
-- Nothing: what a run costs before a strategy does anything.
local neap = require "neap"

return neap.strategy {
  name = "read_only",
}
