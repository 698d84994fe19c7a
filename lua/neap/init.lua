-- SPDX-License-Identifier: MIT
-- Neap from plain Lua. (Inside a strategy `require "neap"` is another table: the strategy's own words.)
local neap = {}

-- Runs a strategy over bars; see docs/reference/backtest.md.
function neap.backtest(options) return require("neap.backtest").run(options) end

-- Opens a session that is stepped and traded in; see docs/reference/session.md.
function neap.session(options) return require("neap.session").open(options) end

-- Opens a stored session at any moment of its past; see docs/reference/past.md.
function neap.past(path) return require("neap.past").open(path) end

-- Reads lines and runs them; see docs/reference/repl.md.
function neap.repl(options) return require("neap.repl").run(options) end

local words = { "backtest", "order_policy", "past", "repl", "session", "strategy" }

-- Judges a declaration as a strategy's cell does; which orders may be asked for; or a slip.
local function miss(_, word)
  if word == "order_policy" then return require "neap.order_policy" end
  if word == "strategy" then return require "neap.strategy" end
  local near = type(word) == "string" and require "neap.base.nearest"(word, words)
  if near then error(("neap has no '%s'; did you mean '%s'?"):format(word, near), 2) end
end

return setmetatable(neap, { __index = miss })
