-- SPDX-License-Identifier: MIT
-- Neap from plain Lua. (Inside a strategy `require "neap"` is another table: the strategy's own words.)
local neap = {}

-- Runs a strategy over bars; see neap.backtest and docs/reference/backtest.md.
function neap.backtest(options) return require("neap.backtest").run(options) end

return neap
