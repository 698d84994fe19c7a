-- SPDX-License-Identifier: MIT
-- Which kind of order to use: by urgency, liquidity, spread and volatility (engines B8.4). Advice never contradicts
-- itself: what is post-only rests, and what may not rest is not post-only.
local decimal = require "neap.decimal"

local recommender = {}

local VOLATILE = 90 -- percentile over which nothing that takes should rest
local LIQUID = { good = true, excellent = true }

local function say(advice, words) advice.why[#advice.why + 1] = words end

local function rest(advice, words)
  advice.type, advice.time_in_force, advice.post_only = "limit", "gtc", true
  say(advice, words)
end

local function begin(advice, asked, condition)
  if asked.urgency == "urgent" and LIQUID[condition] then
    advice.type, advice.time_in_force = "market", "ioc"
    say(advice, "urgent, and the market is " .. condition)
  elseif asked.urgency == "urgent" then
    advice.time_in_force = "ioc"
    say(advice, "urgent, and the market is not liquid: take up to a limit")
  elseif asked.urgency == "patient" then
    rest(advice, "patient")
  end
end

local function above(value, bound) return value and bound and not bound:is_zero() and value > bound end

local function mind_spread(advice, asked, spread, symbol)
  if not above(spread, symbol.spread_threshold_bps) then return end
  if asked.urgency == "urgent" then
    advice.type, advice.time_in_force = "limit", "ioc"
    say(advice, "the spread is wide: take up to a limit")
  else
    rest(advice, "the spread is wide")
  end
end

local function mind_volatility(advice, asked)
  local percentile = asked.volatility_percentile and decimal.parse(tostring(asked.volatility_percentile))
  if not percentile or percentile <= VOLATILE then return end
  if advice.post_only then return say(advice, "volatile, but it is to rest") end
  advice.time_in_force = "ioc"
  say(advice, "volatile: do not rest")
end

local function mind_impact(advice, asked, report)
  if report.recommended_slicing then
    advice.slice = report.max_slice_size
    say(advice, "the impact of all of it is over the limit: in slices")
  end
  if report.use_post_only and asked.urgency ~= "urgent" and not advice.post_only then
    rest(advice, "taking it would move the price")
  end
end

local function mind_policy(advice, symbol)
  if symbol.reduce_only_mode and not advice.reduce_only then
    advice.reduce_only = true
    say(advice, "the policy takes reduce-only orders alone")
  end
  if symbol.requires_post_only and not advice.post_only and not advice.reduce_only then
    rest(advice, "the policy takes post-only orders alone")
  end
end

-- What to ask for, before the policy is asked about it.
function recommender.draft(asked, symbol)
  local report = type(asked.liquidity) == "table" and asked.liquidity or {}
  local condition = type(asked.liquidity) == "string" and asked.liquidity or report.condition
  local spread = asked.spread_bps and decimal.parse(tostring(asked.spread_bps)) or report.spread_bps
  local advice = { type = "limit", time_in_force = "gtc", post_only = false,
    reduce_only = asked.reduce_only == true, why = {} }
  begin(advice, asked, condition)
  mind_impact(advice, asked, report)
  mind_spread(advice, asked, spread, symbol)
  mind_volatility(advice, asked)
  mind_policy(advice, symbol)
  return advice
end

return recommender
