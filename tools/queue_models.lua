-- SPDX-License-Identifier: MIT
-- tools/queue_models.lua [BOOK TRADES FACTS QUANTITY]: back-tests of the passive strategy tools/queue_joiner.lua under
-- two queue models and two latencies, as a table on standard error and a plot (SVG) on standard output; without
-- arguments on the made-up market of tools/queue_market.lua, seed 1, 600 s. FACTS are of the product:
-- price_increment=0.01,base_increment=0.00001. Runs from anywhere, with lua5.4, once Neap is built.
local root = arg[0]:match "^(.*)/tools/[^/]*$" or "."
package.path = ("%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;"):format(root, root, root) .. package.path
package.cpath = root .. "/build/release/?.so;" .. package.cpath

local study = require "tools.queue_study"

local LATENCY = 5000000 -- ns
local WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 380, 64, 46, 20, 44
local RUNS = {
  { name = "risk-averse, 5 ms", queue = "risk_averse", latency = 5, colour = "#1b6ca8" },
  { name = "risk-averse, 20 to 400 ms", queue = "risk_averse", latency = "20:40:60:120:400", colour = "#1b6ca8",
    dash = "5 4" },
  { name = "probabilistic, 5 ms", queue = "probabilistic", latency = 5, colour = "#c8553d" },
  { name = "probabilistic, 20 to 400 ms", queue = "probabilistic", latency = "20:40:60:120:400",
    colour = "#c8553d", dash = "5 4" },
}
local TRUTH = { name = "in the market itself, 5 ms", colour = "#222" }

-- 1, 2 or 5 times a power of ten, so that about five of them make `most`.
local function step_of(most)
  local power = 10 ^ math.floor(math.log(most / 5, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if most / (factor * power) <= 6 then return factor * power end
  end
end

local function number(value) return ("%.12g"):format(value) end

local function axes(out, most_x, most_y, x, y, unit)
  for value = 0, most_y, step_of(most_y) do
    local line = '<path d="M%d %.1f H%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>'
    out[#out + 1] = line:format(LEFT, y(value), WIDTH - RIGHT, LEFT - 8, y(value) + 4, number(value))
  end
  for value = 0, most_x, step_of(most_x) do
    local line = '<text x="%.1f" y="%d" text-anchor="middle">%s</text>'
    out[#out + 1] = line:format(x(value), HEIGHT - BOTTOM + 20, number(value))
  end
  out[#out + 1] = ('<text x="%d" y="%d" text-anchor="end">seconds</text>'):format(WIDTH - RIGHT, HEIGHT - 6)
  out[#out + 1] = ('<text x="8" y="20">%s filled, so far</text>'):format(unit)
end

-- A stair: what is filled holds until the next fill. At most one step a pixel.
local function stair(curve, x, y)
  local points, drawn, level = { ("%d,%.1f"):format(LEFT, y(0)) }, LEFT, 0
  for i, point in ipairs(curve) do
    local at = math.floor(x(point[1]))
    if at > drawn or i == #curve then
      points[#points + 1] = ("%d,%.1f %d,%.1f"):format(at, y(level), at, y(point[2]))
      drawn, level = at, point[2]
    end
  end
  points[#points + 1] = ("%d,%.1f"):format(WIDTH - RIGHT, y(level))
  return table.concat(points, " ")
end

local function plot(results, unit)
  local most_x, most_y = 1, 1e-9
  for _, result in ipairs(results) do
    most_x, most_y = math.max(most_x, result.seconds), math.max(most_y, result.filled)
  end
  local function x(value) return LEFT + (WIDTH - LEFT - RIGHT) * value / most_x end
  local function y(value) return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most_y end
  local out = { ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">')
    :format(WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="white"/>' }
  axes(out, most_x, most_y, x, y, unit)
  for i = 1, #results do
    local run = RUNS[i] or TRUTH
    local line = ('fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="%s"')
      :format(run.colour, run.dash or "none")
    out[#out + 1] = ('<polyline %s points="%s"/>'):format(line, stair(results[i].curve, x, y))
    local at = TOP + 4 + 16 * i
    out[#out + 1] = ('<line x1="%d" x2="%d" y1="%d" y2="%d" %s/>'):format(LEFT + 12, LEFT + 44, at - 4, at - 4, line)
    out[#out + 1] = ('<text x="%d" y="%d">%s</text>'):format(LEFT + 52, at, run.name)
  end
  out[#out + 1] = "</svg>\n"
  return table.concat(out, "\n")
end

local function write(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

-- The made-up market as files, which go afterwards, and what a quoter gets in its sister.
local function make()
  local market = require "tools.queue_market"
  local _, _, texts = market.record(1, 600)
  local _, truth = market.record(1, 600, { quantity = 2, latency = LATENCY })
  return write(texts.book), write(texts.trades), truth
end

local function study_all(book, trades, facts, quantity)
  local results = {}
  io.stderr:write("| model | orders | fills | filled | wait, s | too late | refused | markout after 1 s | profit |\n",
    "|---|---|---|---|---|---|---|---|---|\n")
  for i, run in ipairs(RUNS) do
    results[i] = study.run { strategy = root .. "/tools/queue_joiner.lua", book = book, trades = trades, facts = facts,
      queue = run.queue, latency_ms = run.latency, quantity = quantity, cash = 1000000000 }
    local r = results[i]
    io.stderr:write(("| %s | %d | %d | %.6g | %.2f | %.1f %% | %d | %+.4f | %+.2f |\n"):format(run.name, r.orders,
      r.fills, r.filled, r.wait, 100 * r.late, r.refused, r.markout, r.profit))
  end
  return results
end

local function main(book, trades, facts, quantity)
  local truth
  local made = not book
  if made then book, trades, truth = make() end
  local results = study_all(book, trades, facts or "price_increment=1,base_increment=1", tonumber(quantity or 2))
  if made then
    os.remove(book)
    os.remove(trades)
    io.stderr:write(("| %s | %d | %d | %d | | | | | |\n"):format(TRUTH.name, truth.orders, truth.fills, truth.filled))
    results[#results + 1] = truth
  end
  io.write(plot(results, made and "lots" or "base"))
end

main(...)
