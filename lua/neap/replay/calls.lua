-- SPDX-License-Identifier: MIT
-- The calls of a recording, made again: of the client, of the venue's parts, of the session.
local acts = require "neap.replay.acts"
local fault = require "neap.base.fault"
local recording = require "neap.session.recording"

-- `self.acts`: of who plays it otherwise.
local function act_of(self, noted)
  local own = self.acts and self.acts[noted.to]
  local known = own and own[noted.call] or acts[noted.to] and acts[noted.to][noted.call]
  if known or noted.to ~= "session" then return known end
  return function(_, ...) return self.object[noted.call](self.object, ...) end
end

-- What failed when it was recorded fails again; that is the session's matter, and compared.
return function(self, text)
  local noted = text ~= "" and recording.read(text)
  if not noted or noted.lost then
    return nil, fault("unreadable_call", ("a call was recorded that cannot be made again: %s"):format(noted and
      noted.lost or "it has no words"))
  end
  local act = act_of(self, noted)
  if not act then
    return nil, fault("unknown_call", ("this version knows no call '%s' of the %s"):format(noted.call, noted.to))
  end
  local ok, done, err = pcall(act, self, table.unpack(noted, 1, noted.n))
  if noted.call == "open" and not (ok and done) then
    return nil, fault("not_opened", ("the %s does not open: %s"):format(noted.to, tostring(ok and err or done)))
  end
  return true
end
