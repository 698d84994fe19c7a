-- SPDX-License-Identifier: MIT
-- The market of a recording, message by message: what came in on the market's stream of a recorded session, or books
-- in memory. A source is a function that calls visit(event) for each, in their order, and gives true; or nil and a
-- fault:
--   { kind = "book", product =, time =, apply = function(book), price_increment =, size_increment = }
--   { kind = "trade", product =, time =, price =, size =, is_late = told with a snapshot after a gap }
--   { kind = "lost", time = }: what was known of every book is over
local core = require "neap.run_c"
local inputs = require "neap.run.inputs"
local json = require "neap.json"
local lists = require "neap.base.lists"
local pace = require "neap.replay.pace"
local recording = require "neap.session.recording"

local recorded = {}

-- ---- a recorded session ---------------------------------------------------------------------------------------------

-- By the name that a product's market data has: the products of the session that it is of, and the increments.
local function streams_of(text)
  local streams, names = {}, {}
  local alias = {}
  for _, row in ipairs((json.decode(text, { numbers = "text" }) or {}).products or {}) do
    alias[row.product_id] = row.alias ~= "" and row.alias or nil
  end
  for _, product in ipairs(require("neap.product").parse_venue(text) or {}) do
    local id = alias[product.id] or product.id
    if not streams[id] then
      streams[id] = { id = id, products = {}, price_increment = product.price_increment,
        size_increment = product.base_increment }
      names[#names + 1] = id
    end
    table.insert(streams[id].products, product.id)
  end
  return streams, names
end

local function open_decoder(self, text)
  local products = {}
  local names
  self.streams, names = streams_of(text)
  for i, id in ipairs(names) do
    local stream = self.streams[id]
    products[i] = { id = id, price_increment = stream.price_increment, size_increment = stream.size_increment }
  end
  if self.decoder then self.decoder:close() end
  self.decoder = #products > 0 and require("neap.frames").new { products = products } or nil
end

local function apply(event)
  return function(book)
    if event.is_snapshot then return book:snapshot(event.message) end
    return book:update(event.message)
  end
end

local function each_product(self, event, visit)
  local stream = self.streams[event.product]
  for _, product in ipairs(stream and stream.products or {}) do
    visit { kind = event.kind, product = product, time = self.time, price = event.price, size = event.size,
      is_late = event.kind == "trade" and event.is_snapshot or nil, apply = event.message and apply(event),
      price_increment = stream.price_increment, size_increment = stream.size_increment }
  end
end

-- A snapshot of trades has those of before the stream began, too; after a gap what was missed is in it.
local function is_new(self, event)
  if event.kind ~= "trade" then return event.kind == "book" end
  local stream, id = self.streams[event.product], math.tointeger(event.id)
  if not stream or not id then return not event.is_snapshot end
  local last = stream.last_trade
  stream.last_trade = math.max(last or 0, id)
  return not event.is_snapshot or last ~= nil and id > last
end

-- A number that is missing in the stream of a socket may have been of any book.
local function is_gap(self, text, number)
  local sequence = math.tointeger(text:match '"sequence_num":%s*(%d+)')
  local before = self.sequences[number]
  self.sequences[number] = sequence or before
  return before ~= nil and sequence ~= nil and sequence > before + 1
end

local function take_message(self, text, number, visit)
  local is_market = text:find('"l2_data"', 1, true) or text:find('"market_trades"', 1, true)
  if is_market then self.market = number end
  if is_gap(self, text, number) and number == self.market then visit { kind = "lost", time = self.time } end
  if not is_market or not self.decoder then return end
  local frame = self.decoder:read(text)
  for _, event in ipairs(frame and frame.events or {}) do
    if is_new(self, event) then each_product(self, event, visit) end
  end
end

local function take_call(self, text, visit)
  if text:find('"to":"venue"', 1, true) and text:find('"call":"open"', 1, true) then
    local noted = recording.read(text)
    if noted and noted[2] then open_decoder(self, noted[2]) end
    visit { kind = "lost", time = self.time }
  end
end

local function take(self, kind, text, number, visit)
  if kind == "message" then
    take_message(self, text, number, visit)
  elseif kind == "call" then
    take_call(self, text, visit)
  elseif kind == "ended" and number == self.market then
    visit { kind = "lost", time = self.time }
  end
end

local function is_opening(kind, text) return kind == "call" and recording.is_opening(text) end

-- How the time of the first session that opens goes with the loop's; what came before it is told by it, too.
local function first_pace(directory)
  local loop <close> = core.open_loop { replay = inputs.directory(directory) }
  local kind, text = loop:find()
  while kind and not is_opening(kind, text) do
    loop:skip(1)
    kind, text = loop:find()
  end
  loop:skip(1)
  return pace.of(loop, text)
end

-- directory: of a session. What was heard of the market, each at the moment of its receipt on the session's clock.
function recorded.of_session(directory)
  return function(visit)
    local loop <close>, err = core.open_loop { replay = inputs.directory(directory) }
    if not loop then return nil, err end
    local self, by = { sequences = {}, streams = {} }, first_pace(directory)
    local kind, text, _, number = loop:coming()
    while kind do
      loop:skip(1)
      if is_opening(kind, text) then by = pace.of(loop, text) end
      self.time = by:session(loop:now())
      take(self, kind, text, number, visit)
      kind, text, _, number = loop:coming()
    end
    if self.decoder then self.decoder:close() end
    return loop:damage()
  end
end

-- ---- books in memory ------------------------------------------------------------------------------------------------

local function add_recording(list, product, held)
  local counts = held.recording:counts()
  for number = 1, counts.trades do
    local trade = held.recording:trade(number)
    list[#list + 1] = { kind = "trade", product = product, time = trade.time, price = trade.price, size = trade.size,
      place = #list }
  end
  for number = 1, counts.messages do
    list[#list + 1] = { kind = "book", product = product, time = held.recording:message(number).time, place = #list,
      apply = function(book) return held.recording:apply(number, book) end, price_increment = held.price_increment,
      size_increment = held.size_increment }
  end
end

-- held: { ["BTC-USD"] = { recording = neap.recording's, price_increment =, size_increment = } }. At one moment a trade
-- comes before the book, as in a session.
function recorded.of_recordings(held)
  local list = {}
  for _, product in ipairs(lists.sorted_keys(held)) do add_recording(list, product, held[product]) end
  table.sort(list, function(a, b)
    if a.time ~= b.time then return a.time < b.time end
    return a.place < b.place
  end)
  return function(visit)
    for _, event in ipairs(list) do visit(event) end
    return true
  end
end

return recorded
