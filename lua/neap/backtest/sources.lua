-- SPDX-License-Identifier: MIT
-- What a run is made of: products and the files of their bars, or of their recorded books and trades.
local fault = require "neap.base.fault"
local generator = require "neap.generator"
local lists = require "neap.base.lists"
local product = require "neap.product"
local slip = require "neap.base.slip"

local sorted_keys = lists.sorted_keys

local sources = {}

-- Raises with no place; the entry names the line of its caller.
local function misuse(message, ...) error(message:format(...), 0) end

-- The product that a file's name starts with: BTC-USD_1h.csv.gz → BTC-USD.
local function product_of_path(path)
  local name = path:match "([^/]+)$" or path
  local id = name:match "^(%w+%-%w+)[_.]" or name:match "^(%w+%-%w+)$"
  if id then return id end
  return nil, fault("product_unknown", ("which product is %s? Its name does not start with BASE-QUOTE_: say " ..
    "--data BTC-USD=%s"):format(name, path))
end

-- "BTC-USD=FILE" or FILE → id and path; `only`: the id of a file whose name does not say.
local function split(text, only)
  if text == "" then return nil, fault("no_data", "a file of bars is meant, not an empty word") end
  local id, path = text:match "^([%w_-]+)=(.*)$"
  if not id then
    id, path = product_of_path(text)
    if not id and only then return only, text end
    return id, id and text or path
  end
  if path == "" then return nil, fault("no_data", ("%s= lacks its file: %s=FILE"):format(id, id)) end
  return id, path
end

-- Of what a file's name tells nothing the only product that facts are given for is meant.
local function only_product(products)
  local id = next(products)
  return id and next(products, id) == nil and id or nil
end

local recorded_words = { book = true, trades = true }

-- { book = path, trades = path }, beside lists of bars.
local function check_recording(id, source)
  local wrong = source.book ~= nil and slip(source, recorded_words, "word")
  if wrong then misuse("data['%s']: %s", id, wrong) end
  for key in pairs(recorded_words) do
    if source[key] ~= nil and type(source[key]) ~= "string" then misuse("data['%s'].%s is a path", id, key) end
  end
  if source.trades and not source.book then misuse("data['%s']: trades without their book", id) end
end

-- "generated:…" → what it asks for; nil: it is no such word. It is all of a run's data: facts of products that are
-- made up stand beside no file's.
local function generated_of(data)
  local word = type(data) == "table" and #data == 1 and next(data, 1) == nil and data[1] or data
  if type(word) == "string" then return word:match "^generated:(.*)$" end
  for _, key in ipairs(sorted_keys(data)) do
    if type(data[key]) == "string" and data[key]:find "^generated:" then
      return nil, fault("contradiction", "a generated market stands alone: no other data beside it")
    end
  end
end

-- Ids and sources of a market that is made, and its description (neap.generator).
local function generate(text)
  local market, err = generator.parse(text)
  if not market then return nil, err end
  local ids, list = {}, {}
  for i, made in ipairs(market.products) do
    ids[i], list[i] = made.id, { generated = market.text, number = i }
  end
  return ids, list, market
end

-- Its products have increments of their own, unless others are given.
function sources.facts(given, market)
  local facts = {}
  for id, words in pairs(given) do facts[id] = words end
  for _, made in ipairs(market and market.products or {}) do
    local own = ("price_increment=%s,base_increment=%s"):format(made.price_increment, made.base_increment)
    if facts[made.id] == nil then facts[made.id] = own end
  end
  return facts
end

-- Lists of ids and of sources (path, bars, or { book =, trades = }), in order; the market, when it is generated.
function sources.data(data, products)
  local text, wrong = generated_of(data)
  if wrong then return nil, wrong end
  if text then return generate(text) end
  if type(data) == "string" then data = { data } end
  local ids, list, seen = {}, {}, {}
  local function add(id, source)
    if not id then return nil, source end
    if seen[id] then
      return nil, fault("product_twice", ("%s is given two files of bars; a product takes one"):format(id))
    end
    ids[#ids + 1], list[#list + 1], seen[id] = id, source, true
    return true
  end
  for _, key in ipairs(sorted_keys(data)) do
    local source = data[key]
    local ok, err
    if type(key) == "string" then
      if type(source) ~= "string" and type(source) ~= "table" then misuse("data['%s'] is a path or a list", key) end
      if type(source) == "table" then check_recording(key, source) end
      ok, err = add(key, source)
    else
      if type(source) ~= "string" then misuse "data: bars need their product: data = { ['BTC-USD'] = bars }" end
      ok, err = add(split(source, only_product(products or {})))
    end
    if not ok then return nil, err end
  end
  if #ids == 0 then return nil, fault("no_data", "no data: give a file of bars, such as --data BTC-USD_1h.csv") end
  return ids, list
end

local function index_of(list, word)
  for i, item in ipairs(list) do
    if item == word then return i end
  end
end

-- The paths of trades by the number of their product: a list of "BTC-USD=path", of paths, or a table by product.
function sources.trades(given, ids)
  local paths = {}
  for _, key in ipairs(sorted_keys(given)) do
    local id, path = key, given[key]
    if type(path) ~= "string" then misuse "trades: paths are wanted, by product" end
    if type(key) ~= "string" then
      id, path = split(path, #ids == 1 and ids[1] or nil)
      if not id then return nil, path end
    end
    local at = index_of(ids, id)
    if not at then
      return nil, fault("product_without_data", ("trades are given for %s, which has no book; there is %s"):format(id,
        table.concat(ids, ", ")))
    end
    paths[at] = path
  end
  return paths
end

-- Facts of a product as text, product.parse's own form: "kind=margin,base_increment=1".
local function facts_text(facts)
  if type(facts) == "string" then return facts end
  local parts = {}
  for _, name in ipairs(sorted_keys(facts)) do parts[#parts + 1] = name .. "=" .. tostring(facts[name]) end
  return table.concat(parts, ",")
end

function sources.products(ids, given)
  local products = {}
  for i, id in ipairs(ids) do
    local facts = given[id] and facts_text(given[id])
    local made, err = product.parse(facts and facts ~= "" and id .. ":" .. facts or id)
    if not made then return nil, err end
    products[i] = made
  end
  for _, id in ipairs(sorted_keys(given)) do
    if not lists.has(ids, id) then
      return nil, fault("product_without_data", ("facts are given for %s, which has no data; there is %s"):format(id,
        table.concat(ids, ", ")))
    end
  end
  return products
end

return sources
