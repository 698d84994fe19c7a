-- SPDX-License-Identifier: MIT
-- While `advanced` is on trial, with a share of the orders or some products, a guard that trips puts `live` back by
-- itself: both flags are cleared in the operator's layer of the session, with the guard's reason. That is recorded and
-- stays so over a restart; the mode that the guard set is lifted by a person only.
local operator = require "neap.config.operator"
local rollout = require "neap.rollout"
local session = require "neap.session"

local trial = {}

-- On trial is what serves some orders and not all.
function trial.is_on(set)
  if not (set.enable_dynamic_position_sizing or set.enable_market_impact_guard) then return false end
  return not set.advanced_share:is_zero() and (set.advanced_share < 1 or set.advanced_products ~= nil)
end

local function place_of(made)
  local places = made.risk_options.places
  return made.options.store and places and places[#places]
end

-- → true when it went back just now.
function trial.end_if_tripped(self)
  local guard, own = self.session.guard, session.inside(self.session)
  local made = own.made
  local loaded = own.watch and own.watch.current or made.risk
  if guard.mode == "normal" or guard.who ~= "guard_manager" or made.options.engine then return false end
  local place = place_of(made)
  if self.trial_ended or not place or not trial.is_on(loaded.limits) then return false end
  self.trial_ended = true -- whatever comes of it: it is tried once, and an operator's word after it counts
  local values = {}
  for _, flag in ipairs(rollout.flags) do values[flag] = "false" end
  local done, err = operator.set({ place = place, options = made.risk_options }, values,
    { who = "rollout", why = "guard: " .. guard.reason, time = os.date "!%Y-%m-%dT%H:%M:%SZ" })
  self.say("alert", done and ("the trial of advanced is over, live is back: " .. guard.reason) or
    "the trial of advanced could not be ended: " .. tostring(err))
  return done ~= nil
end

return trial
