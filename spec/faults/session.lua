-- SPDX-License-Identifier: MIT
-- session.lua BARS STORE [resume]: a session of three strategies, one of which fails; says on descriptor 3 what is
-- durable. kill_sweep kills it.
local neap = require "neap"

local bars, store, how = ...
local folder = arg[0]:match "^(.*)/" or "."
local session = assert(neap.session {
  strategies = {
    { strategy = folder .. "/trader.lua", cash = 3000 }, { strategy = folder .. "/keeper.lua", cash = 3000 },
    { strategy = folder .. "/failing.lua", cash = 3000 },
  },
  data = { ["BTC-USD"] = bars }, store = store, ack_fd = 3, snapshot_every = 150, env = {},
  resume = how == "resume",
})
assert(session:run())
assert(session:stop "the end")
