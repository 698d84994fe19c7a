-- SPDX-License-Identifier: MIT
-- Neap from plain Lua. (Inside a strategy `require "neap"` is another table: the strategy's own words.)
local neap = {}

-- Runs a strategy over bars; see neap.backtest and docs/reference/backtest.md.
function neap.backtest(options) return require("neap.backtest").run(options) end

local words = { "backtest", "strategy" }
local later = { "session" }

-- Judges a declaration as a strategy's cell does; or a word that is not built, or a slip.
local function miss(_, word)
  if word == "strategy" then return require "neap.strategy" end
  local has = require("neap.base.lists").has
  if has(later, word) then error(("'%s' is not in this version"):format(word), 2) end
  local near = type(word) == "string" and require "neap.base.nearest"(word, words)
  if near then error(("neap has no '%s'; did you mean '%s'?"):format(word, near), 2) end
end

return setmetatable(neap, { __index = miss })
