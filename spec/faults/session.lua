-- SPDX-License-Identifier: MIT
-- session.lua BARS STORE [resume]: a session of four strategies, one of which fails; says on descriptor 3 what is
-- durable. kill_sweep kills it. It fails when a strategy has not heard each bar and each fill once.
local neap = require "neap"

local bars, store, how = ...
local folder = arg[0]:match "^(.*)/" or "."
local heard
local session = assert(neap.session {
  strategies = {
    { strategy = folder .. "/trader.lua", cash = 3000 }, { strategy = folder .. "/keeper.lua", cash = 3000 },
    { strategy = folder .. "/failing.lua", cash = 3000 }, { strategy = folder .. "/listener.lua", cash = 3000 },
  },
  data = { ["BTC-USD"] = bars }, store = store, ack_fd = 3, snapshot_every = 150, env = {},
  resume = how == "resume",
  on_log = function(_, line) heard = line:match "heard .*" or heard end,
})
assert(session:run())
assert(session:stop "the end")
local count, held, holds = heard:match "heard (%d+) bars, held (%S+) of (%S+)"
if count ~= "150" or held ~= holds then error("not each bar and fill was heard once: " .. heard) end
