-- SPDX-License-Identifier: MIT
-- How far the venue was in a session, from its events: the way of orders to it, the way of its answers back, and what a
-- session hears of both together. The simulator takes the medians: of a constant, none is off by less in sum.
local figures = require "neap.base.figures"
local json = require "neap.json"

local fit = {}

fit.queues = { "risk_averse", "probabilistic" }

local LEAST = 3 -- fewer are no median

local function is_stop(order) return order.stop ~= nil or order.trail_bps ~= nil end

-- Took when it came: what is between sent and filled was on its way.
local function took_at_once(order)
  local first = order.fills[1]
  return first and first.liquidity == "taker" and not is_stop(order) and first.told >= order.submitted and first or nil
end

local function gather(story)
  local acks, outs, backs = {}, {}, {}
  for _, order in ipairs(story.list) do
    if order.submitted and order.acknowledged then acks[#acks + 1] = order.acknowledged - order.submitted end
    local fill = order.submitted and took_at_once(order)
    if fill then outs[#outs + 1], backs[#backs + 1] = fill.time - order.submitted, fill.told - fill.time end
  end
  return acks, outs, backs
end

-- The least value that so many of them do not pass.
local function quantile(list, share) return list[math.max(1, math.ceil(#list * share))] end

local function describe(list)
  table.sort(list)
  return { count = #list, median = quantile(list, 0.5), p90 = quantile(list, 0.9), p99 = quantile(list, 0.99) }
end

-- The venue's clock may be another than ours. Then what it says of when it filled is of no use, and both ways count as
-- equally long.
local function split_evenly(outs, backs)
  for i, out in ipairs(outs) do
    local both = out + backs[i]
    outs[i], backs[i] = both // 2, both - both // 2
  end
end

local function has_negative(list)
  for _, value in ipairs(list) do
    if value < 0 then return true end
  end
  return false
end

local function halves(list)
  local half = {}
  for i, value in ipairs(list) do half[i] = value // 2 end
  return half
end

local function exact_ms(ns) return ("%d.%06d"):format(ns // 1000000, ns % 1000000) end

-- story: of neap.drift.orders → { round_trip =, order =, answer = each { count, median, p90, p99 } in ns, is_split =
-- both ways count as equal, latency = what neap.session takes }; nil where too little was sent.
function fit.latency(story)
  local acks, outs, backs = gather(story)
  local is_split = has_negative(outs) or has_negative(backs)
  if #outs < LEAST then
    outs, backs, is_split = halves(acks), halves(acks), true
  elseif is_split then
    split_evenly(outs, backs)
  end
  if #outs < LEAST then return nil end
  local found = { is_split = is_split, round_trip = describe(acks), order = describe(outs), answer = describe(backs) }
  found.latency = { order = exact_ms(found.order.median), answer = exact_ms(found.answer.median) }
  return found
end

-- Does anything of it stand in a queue?
function fit.has_resting(story)
  for _, order in ipairs(story.list) do
    if order.acknowledged and order.limit and order.time_in_force ~= "ioc" and order.time_in_force ~= "fok" then
      return true
    end
  end
  return false
end

local WAYS = { { "round_trip", "sent to acknowledged" }, { "order", "sent to filled" }, { "answer", "filled to told" } }

local function ms(ns) return ns and figures.fixed(ns / 1000000, 3) or "-" end

-- As rows of text, in ms.
function fit.rows(found)
  local rows = json.array {}
  for _, way in ipairs(WAYS) do
    local of = found[way[1]]
    rows[#rows + 1] = { way = way[1], what = way[2], count = of.count, median_ms = ms(of.median), p90_ms = ms(of.p90),
      p99_ms = ms(of.p99) }
  end
  return rows
end

return fit
