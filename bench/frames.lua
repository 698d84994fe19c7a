-- SPDX-License-Identifier: MIT
-- What it takes to decode the venue's stream, beside lua-cjson in the same run. Usage: frames.lua PROGRAM WORK [FEED].
-- FEED is a recording, one {"recv", "dir", "frame"} per line, .gz or not; without one a stream of its shape is made.
local cjson = require "cjson"

local program, work, feed = arg[1], arg[2], arg[3]

local TURNS, ROUNDS = 5, 4 -- of one and of the other in turns, so that what else runs here hits both

local ENVELOPE = '{"channel":"%s","timestamp":"2026-08-09T21:05:%06.3fZ","sequence_num":%d,"events":[%s]}'
local CHANGE = '{"side":"%s","event_time":"2026-08-09T21:05:48.166482Z","price_level":"%.2f","new_quantity":"%s"}'

local function recorded(path)
  local frames = {}
  local pipe <close> = assert(io.popen("gzip -dcf '" .. path .. "'"))
  for line in pipe:lines() do frames[#frames + 1] = line:match '"dir":"recv","frame":(.*)}$' end
  return frames
end

local function changes(count, from, make)
  local list = {}
  for i = 1, count do list[i] = CHANGE:format(make(i, from)) end
  return table.concat(list, ",")
end

local function level(i)
  local side = i % 2 == 0 and "bid" or "offer"
  return side, 65000 + (side == "bid" and -i or i) / 100, ("0.%08d"):format(i * 7919 % 100000000)
end

-- As many levels, changes and trades as 25 s of BTC-USD had.
local function made()
  local function l2(kind, text) return ('{"type":"%s","product_id":"BTC-USD","updates":[%s]}'):format(kind, text) end
  local frames = { ENVELOPE:format("l2_data", 0, 0, l2("snapshot", changes(46000, 0, level))) }
  for n = 1, 1000 do
    local moved = changes(1 + n * 37 % 60, n, function(i, from) return level(1 + (from * 31 + i * i) % 500) end)
    frames[#frames + 1] = ENVELOPE:format("l2_data", n / 20, n, l2("update", moved))
  end
  return frames
end

local function write(frames)
  local path = work .. "/frames.txt"
  local file <close> = assert(io.open(path, "w"))
  file:write(table.concat(frames, "\n"))
  return path
end

local function least(figures, name, value) figures[name] = math.min(figures[name] or math.huge, value) end

local function ours(path, figures)
  local pipe <close> = assert(io.popen(("'%s' '%s' %d BTC-USD,0.01,0.00000001 ETH-USD,0.01,0.00000001")
    :format(program, path, ROUNDS)))
  for line in pipe:lines() do
    local name, value = line:match "^(%S+) (%S+)$"
    least(figures, name, tonumber(value))
  end
end

local function theirs(frames, figures)
  local decode = cjson.decode
  for _ = 1, ROUNDS do
    local begin = os.clock()
    for i = 1, #frames do decode(frames[i]) end
    least(figures, "cjson", os.clock() - begin)
  end
end

local function size_of(frames)
  local bytes = 0
  for i = 1, #frames do bytes = bytes + #frames[i] end
  return bytes
end

local function main()
  local frames = feed and recorded(feed) or made()
  local path, bytes, figures = write(frames), size_of(frames), {}
  for _ = 1, TURNS do
    ours(path, figures)
    theirs(frames, figures)
  end
  local function line(name, seconds)
    print(("%-24s %8.2f ms  %7.0f MB/s  %7.1f ns a change"):format(name, seconds * 1e3, bytes / seconds / 1e6,
      seconds / figures.changes * 1e9))
  end
  print(("%d frames, %.1f MB, %d changes of books (%s)"):format(#frames, bytes / 1e6, figures.changes,
    feed and "recorded" or "made"))
  line("lua-cjson, decoded", figures.cjson)
  line("Neap, decoded", figures.decoded)
  line("Neap, and in the books", figures.in_books)
  print(("%.1f times as fast as lua-cjson; %d messages refused by a book"):format(figures.cjson / figures.decoded,
    figures.refused))
end

main()
