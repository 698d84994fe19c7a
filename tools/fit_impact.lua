-- SPDX-License-Identifier: MIT
-- tools/fit_impact.lua [CHANGES.csv TRADES.csv PRICE_INCREMENT SIZE_INCREMENT]: the factor of the square-root law of
-- market impact, fitted by tools/impact_study.lua, as tables on standard error and a plot (SVG) on standard output;
-- without arguments on the made-up market of tools/queue_market.lua, seed 1, 600 s. For .gz files: <(gzip -dc FILE).
-- Runs from anywhere, with lua5.4, once Neap is built.
local root = arg[0]:match "^(.*)/tools/[^/]*$" or "."
package.path = ("%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;"):format(root, root, root) .. package.path
package.cpath = root .. "/build/release/?.so;" .. package.cpath

local impact = require "neap.impact"
local recording = require "neap.recording"
local study = require "tools.impact_study"

local WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 64, 46, 20, 44
local CHOSEN = 5 -- seconds: long enough for the book to answer, short enough for many of them
local QUANTITIES = { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200 }
local LOTS = { 1, 2, 5, 10, 20, 50, 100, 200, 400 }
local MOST_BPS, LEAST_BPS = 100, 0.001

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function open(changes, trades, price_increment, size_increment)
  if not changes then return require("tools.queue_market").record(1, 600), 1, 1, LOTS end
  local recorded = assert(recording.new { price_increment = price_increment, size_increment = size_increment,
    changes = read(changes), trades = read(trades) })
  return recorded, price_increment, size_increment, QUANTITIES
end

local function chosen_of(result)
  for _, fit in ipairs(result.fits) do
    if fit.seconds == CHOSEN then return fit end
  end
end

local function law(result, quantity) return result.volatility_bps * math.sqrt(quantity / result.volume) end

local function print_fits(result)
  io.stderr:write(("%.0f s, volume %.6g, volatility %.4g bps over it\n\n"):format(result.duration, result.volume,
    result.volatility_bps), "| interval | samples | Y | standard error | R² | residual | R² linear | best power |\n",
    "|---|---|---|---|---|---|---|---|\n")
  for _, fit in ipairs(result.fits) do
    io.stderr:write(("| %d s | %d | %.2f | %.2f | %.2f | %.2f bps | %.2f | %.2f (R² %.2f) |\n"):format(fit.seconds,
      fit.count, fit.y, fit.error, fit.r2, fit.residual, fit.linear_r2, fit.power, fit.power_r2))
  end
end

local function print_walk(result)
  local y = chosen_of(result).y
  io.stderr:write "\n| quantity | the books cost | the law, Y fitted | shown |\n|---|---|---|---|\n"
  for _, each in ipairs(result.walk) do
    io.stderr:write(("| %g | %.4g bps | %.4g bps | %.1f %% |\n"):format(each.quantity, each.sum / each.count,
      y * law(result, each.quantity), 100 * each.count / each.asked))
  end
  io.stderr:write(("\nin the code: Y = %s\n"):format(tostring(impact.y)))
end

local function scales(quantities)
  local least, most = math.log(quantities[1], 10), math.log(quantities[#quantities], 10)
  local bottom, top = math.log(LEAST_BPS, 10), math.log(MOST_BPS, 10)
  return function(value)
    return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(value, 10) - least) / (most - least)
  end, function(value)
    local at = (math.log(math.max(value, LEAST_BPS), 10) - bottom) / (top - bottom)
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * at
  end
end

local function axes(out, quantities, x, y)
  for power = math.floor(math.log(LEAST_BPS, 10) + 0.5), math.floor(math.log(MOST_BPS, 10) + 0.5) do
    local line = '<path d="M%d %.1f H%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>'
    out[#out + 1] = line:format(LEFT, y(10.0 ^ power), WIDTH - RIGHT, LEFT - 8, y(10.0 ^ power) + 4, 10.0 ^ power)
  end
  for _, quantity in ipairs(quantities) do
    out[#out + 1] = ('<text x="%.1f" y="%d" text-anchor="middle">%g</text>'):format(x(quantity), HEIGHT - BOTTOM + 20,
      quantity)
  end
  local name = '<text x="%d" y="%d" text-anchor="end">quantity, or net flow</text>'
  out[#out + 1] = name:format(WIDTH - RIGHT, HEIGHT - 6)
  out[#out + 1] = '<text x="8" y="20">basis points</text>'
end

local function line(out, points, colour, dash)
  out[#out + 1] = ('<polyline fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="%s" points="%s"/>')
    :format(colour, dash, table.concat(points, " "))
end

local function legend(out, number, colour, text)
  local at = TOP + 16 * number
  out[#out + 1] = ('<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="2"/><text x="%d" y="%d">%s</text>')
    :format(LEFT + 12, LEFT + 44, at - 4, at - 4, colour, LEFT + 52, at, text)
end

local function plot_moves(out, result, quantities, x, y)
  for _, bin in ipairs(result.bins) do
    if bin.flow >= quantities[1] and bin.flow <= quantities[#quantities] and bin.move > 0 then
      local at = x(bin.flow)
      out[#out + 1] = ('<path d="M%.1f %.1f V%.1f" stroke="#c8553d"/>'):format(at, y(bin.move - bin.error),
        y(bin.move + bin.error))
      out[#out + 1] = ('<circle cx="%.1f" cy="%.1f" r="3.5" fill="#c8553d"/>'):format(at, y(bin.move))
    end
  end
end

local function plot(result, quantities)
  local x, y = scales(quantities)
  local out = { ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">')
    :format(WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="white"/>' }
  local walk, fitted, factor = {}, {}, chosen_of(result).y
  axes(out, quantities, x, y)
  for i, each in ipairs(result.walk) do
    fitted[i] = ("%.1f,%.1f"):format(x(each.quantity), y(factor * law(result, each.quantity)))
    if each.count == each.asked then
      walk[#walk + 1] = ("%.1f,%.1f"):format(x(each.quantity), y(each.sum / each.count))
    end
  end
  line(out, walk, "#1b6ca8", "none")
  line(out, fitted, "#222", "5 4")
  plot_moves(out, result, quantities, x, y)
  legend(out, 0, "#1b6ca8", "taking at once costs, by the books shown (half the spread in it)")
  legend(out, 1, "#222", ("the law: %.2f × volatility × √(quantity ÷ volume)"):format(factor))
  legend(out, 2, "#c8553d", ("moves of the middle by net flow of %d s, means and standard errors"):format(CHOSEN))
  out[#out + 1] = "</svg>\n"
  return table.concat(out, "\n")
end

local function main(...)
  local recorded, price_increment, size_increment, quantities = open(...)
  local result = study.run { recording = recorded, price_increment = price_increment, size_increment = size_increment,
    quantities = quantities, seconds = { 1, 2, 5, 10, 20 }, chosen = CHOSEN }
  io.stderr:write(tostring(recorded), "\n")
  print_fits(result)
  print_walk(result)
  io.write(plot(result, quantities))
end

main(...)
