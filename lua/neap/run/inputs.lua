-- SPDX-License-Identifier: MIT
-- Where a session's inputs are recorded: in its directory, life after life.
local core = require "neap.run_c"
local json = require "neap.json"

local inputs = {}

function inputs.directory(directory) return directory .. "/inputs" end

-- The loop of a session that is about to begin. `place`: { directory =, name = }, where it is recorded; nil: it is not.
-- → the loop, or nil and a fault.
function inputs.open_loop(place)
  if not place then return core.open_loop() end
  local loop, err = core.open_loop { record = inputs.directory(place.directory) }
  if not loop then return nil, err end
  loop:life(json.encode { schema = "neap.inputs/1", session = place.name, pid = core.pid(),
    version = require("neap.cli.main").version })
  return loop
end

-- A recording that cannot go on is no reason to stop trading, and its owner is told once.
function inputs.watch(run)
  if run.has_lost_recording then return end
  local is_recording, err = run.loop:is_recording()
  if is_recording ~= nil then return end
  run.has_lost_recording = true
  run.say("alert", ("the recording has ended, the session goes on: %s"):format(tostring(err)))
end

return inputs
