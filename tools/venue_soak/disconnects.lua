-- SPDX-License-Identifier: MIT
-- How a session loses its exchange in the soak, each kind in its turn.
local disconnects = {}

local function killed(run, pass)
  run.governor:slow_down()
  local ok, err = run.stage:kill_exchange()
  if not ok then return nil, err end
  pass(30)
  run.governor:slow_down()
  return run.stage:start_exchange()
end

-- Both sockets of the session, and whatever it opens in the next seconds.
local function reset(run, pass)
  local id, err = run.stage:add_fault "socket_reset:p=1"
  if not id then return nil, err end
  pass(20)
  local ok
  ok, err = run.stage:remove_fault(id)
  return ok, err and err.message
end

-- Nothing is closed, nothing comes.
local function frozen(run, pass)
  run.stage.exchange:signal "STOP"
  pass(90)
  run.stage.exchange:signal "CONT"
  return true
end

disconnects.kinds = { { "killed", killed }, { "reset", reset }, { "frozen", frozen } }

return disconnects
