-- SPDX-License-Identifier: MIT
-- neap data fetch: asks the venue page by page, and goes on where it stopped: what an interrupted and continued fetch
-- leaves has the bytes of one that was not.
local clock = require "neap.clock"
local data_file = require "neap.cli.data_file"
local desks = require "neap.cli.venue_desk"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"

local fetch = {}

local SECOND = 1000000000
local SETTLED = 5 -- seconds until what the venue tells of a moment is final: its public answers come from a cache
local LONG = 3000 -- rows' worth of time: before that much the days without a trade are looked for

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

-- --- what is asked for -----------------------------------------------------------------------------------------------

local function check_frame(asked, given)
  local candles = require "neap.cli.data_candles"
  local frame = candles.frames[given.bars]
  if not frame then
    return nil, output.error("usage", ("--bars: '%s' is none of %s"):format(given.bars,
      table.concat(candles.words, ", ")), nil, nearest(given.bars, candles.words))
  end
  asked.kind, asked.source, asked.frame = "bars", candles, given.bars
  asked.seconds, asked.granularity = frame[1], frame[2]
  return true
end

local function check_kind(asked, given)
  if given.bars and given.trades then return usage "data fetch: --bars and --trades exclude each other" end
  if given.bars then return check_frame(asked, given) end
  if not given.trades then return usage "data fetch: what? --bars FRAME or --trades" end
  asked.kind, asked.source, asked.seconds = "trades", require "neap.cli.data_trades", 1
  return true
end

local function check_time(asked, given, name)
  if not given[name] then return true end
  local time, err = clock.parse(given[name])
  if not time then return usage("--%s: %s", name, err.message) end
  if time < 0 then return usage("--%s: no market was before 1970", name) end
  asked[name] = (time + SECOND - 1) // SECOND
  return true
end

local function check_times(asked, given)
  local ok, err = check_time(asked, given, "from")
  if ok then ok, err = check_time(asked, given, "to") end
  if not ok then return nil, err end
  if asked.from and asked.to and asked.from >= asked.to then return usage "data fetch: --from is not before --to" end
  return true
end

local function check_out(asked, given)
  asked.out = given.out or ("%s_%s.csv"):format(asked.product, asked.frame or "trades")
  if asked.out == "" or asked.out:match "/$" then return usage("--out: '%s' names no file", asked.out) end
  if asked.out:match "%.gz$" then return usage "--out: it is written plain, so that it can grow: leave .gz out" end
  return true
end

-- Nothing is sent and nothing is opened.
function fetch.check(given)
  local asked = { product = given.product }
  if not asked.product or not asked.product:match "^[%w%-]+$" then
    return usage("data fetch: --product %s", asked.product and
      ("'%s' is none, such as BTC-USD"):format(asked.product) or "is missing")
  end
  local ok, err = check_kind(asked, given)
  if ok then ok, err = check_times(asked, given) end
  if ok then ok, err = check_out(asked, given) end
  return ok and asked, err
end

-- --- where it goes on ------------------------------------------------------------------------------------------------

-- Until when: what is over by the venue's own clock.
local function find_end(desk, asked)
  local answer, err = desk:read "time"
  if not answer then return nil, err end
  local millis = math.tointeger(tonumber(desks.text(answer.epochMillis)))
  if not millis then return desks.fail("bad_answer", "the venue does not tell its time") end
  local over = asked.source.over_by(asked, millis // 1000 - SETTLED)
  return math.min(asked.to or over, over)
end

-- Passes over days without trades where there may be many of them.
local function find_start(desk, asked, from, stop)
  if stop - from < LONG * asked.seconds then return from end
  return asked.source.first_day(desk, asked, from, stop)
end

local function differs(file, line, ours)
  return desks.fail("differs", ("the venue says '%s' where %s has '%s': another product or venue? Name another --out")
    :format(line or "nothing", file.source, ours))
end

-- Whether the file begins as a fetch from --from on would.
local function check_first(desk, asked, file)
  if not asked.from or asked.from * SECOND > file.first.at then return true end
  local found
  local until_first = file.first.at // SECOND + 1
  local from, err = find_start(desk, asked, asked.from, until_first)
  if not from then return nil, err end
  local ok
  ok, err = asked.source.walk(desk, asked, from, until_first, function(rows)
    found = rows[1]
    return found
  end)
  if not ok then return nil, err end
  if found and found.line == file.first.line then return true end
  return differs(file, found and found.line, file.first.line)
end

-- Lets through what comes behind the file's last row, which must come first.
local function behind(file, rows)
  local last, new = file.resumed_at, {}
  for _, row in ipairs(rows) do
    if not last then
      new[#new + 1] = row
    elseif row.line == last.line then
      last, file.resumed_at = nil, nil
    elseif row.at > last.at then
      return differs(file, row.line, last.line)
    end
  end
  return new
end

-- The second at which to begin; what is there already is compared with what the venue says of it now.
local function find_begin(desk, asked, file, stop)
  if file.last then
    file.resumed_at = file.last
    local ok, err = check_first(desk, asked, file)
    return ok and file.last.at // SECOND, err
  end
  if not asked.from then
    return nil, { code = "usage", exit = output.USAGE,
      message = ("data fetch: there is no %s yet: --from says where to begin"):format(asked.out) }
  end
  return find_start(desk, asked, asked.from, stop)
end

-- --- the way there ---------------------------------------------------------------------------------------------------

local function new_progress(asked, from, stop)
  local progress = require("neap.cli.progress").new()
  local function show(_, file, at)
    if not progress.is_shown then return end
    local share = stop > from and (at - from) / (stop - from) or 1
    progress.share(("%s %s"):format(asked.product, asked.frame or "trades"), share,
      ("%s  %d rows"):format(clock.format(at * SECOND), file.rows))
  end
  return setmetatable({}, { __call = show, __close = progress.done })
end

local function transfer(desk, asked, given, file, from, stop)
  local failure
  local show <close> = not given.quiet and new_progress(asked, from, stop)
  local ok, err = asked.source.walk(desk, asked, from, stop, function(rows, at)
    local new, added
    new, failure = behind(file, rows)
    if new then added, failure = file:add(new) end
    if show then show(file, math.min(at, stop)) end
    return not added
  end)
  if not ok or failure then return nil, failure or err end
  local unseen = file.resumed_at
  if unseen and unseen.at < stop * SECOND then return differs(file, nil, unseen.line) end
  return true
end

-- What was there before is as it was; what came to it stays.
local function kept(file, err)
  if file.rows == file.had and file.source ~= file.part then
    file:drop()
  else
    err.message = ("%s; %d rows are in %s, and the same command goes on behind them"):format(err.message, file.rows,
      file.part)
  end
  return nil, err
end

local function finish(file)
  if file.rows > 0 then return file:finish() end
  file:drop()
  return desks.fail("no_data", "the venue has nothing of that time")
end

local function told_of(asked, file, stop, venue)
  return { schema = "neap.data/1", word = "fetch", kind = asked.kind, product = asked.product, frame = asked.frame,
    file = asked.out, venue = venue, to = clock.format(stop * SECOND), rows = file.rows, new = file.rows - file.had,
    first = clock.format(file.first.at), last = clock.format(file.last.at), gaps = file.gaps, missing = file.missing,
    first_gap = file.first_gap and clock.format(file.first_gap), cut_seconds = asked.cut or 0 }
end

local function print_told(told)
  output.write(("%s: %d %s of %s, %d of them new, %s to %s\n"):format(output.clean(told.file), told.rows,
    told.frame and told.frame .. " bars" or "trades", told.product, told.new, told.first, told.last))
  if told.gaps > 0 then
    output.write(("%d bars are missing in %d gaps, the first at %s: nothing was traded\n"):format(told.missing,
      told.gaps, told.first_gap))
  end
  if told.cut_seconds > 0 then
    output.write(("of %d seconds the venue told its last 1000 trades alone\n"):format(told.cut_seconds))
  end
end

local function fetch_into(desk, asked, given, file)
  local from, ok
  local stop, err = find_end(desk, asked)
  if stop then from, err = find_begin(desk, asked, file, stop) end
  if from then ok, err = file:begin() end
  if not ok then return nil, err end
  ok, err = transfer(desk, asked, given, file, from, stop)
  if not ok then return kept(file, err) end
  ok, err = finish(file)
  return ok and told_of(asked, file, stop, desk.venue.base), err
end

-- A document, or nil and an error with its exit code.
function fetch.run(asked, given)
  local desk <close>, unopened = desks.open(given)
  if not desk then return nil, unopened end
  local file <close>, unread = data_file.look(asked.out, { header = asked.source.header,
    step = asked.kind == "bars" and asked.seconds * SECOND or nil })
  if not file then return nil, unread end
  local told, err = fetch_into(desk, asked, given, file)
  if not told then return nil, err end
  if given.json then output.json(told) else print_told(told) end
  return told
end

return fetch
