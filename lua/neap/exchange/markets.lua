-- SPDX-License-Identifier: MIT
-- Who makes the prices of an exchange: from what a person gives to what the venue takes.
local core = require "neap.base.net" "exchange"
local fault = require "neap.base.fault"

local markets = {}

local KINDS = { candles = true, trades = true, book = true }

local function usage(message, ...) return nil, fault("usage", message:format(...)), "usage" end

-- "BTC-USD=rest" → "BTC-USD", "rest"; without a product nil, text
local function split(text)
  local product, rest = text:match "^(%u[%w-]*%-%w+)=(.+)$"
  return product, rest or text
end

-- "[PRODUCT=][KIND:]FILE", for which a product's name may also be the file's.
local function read_source(text)
  local product, rest = split(text)
  local kind, path = rest:match "^(%a+):(.+)$"
  if kind and not KINDS[kind] then kind, path = nil, nil end
  path = path or rest
  product = product or path:match "([^/]*)$":match "^(%u%w*%-%u%w*)"
  if not product then return usage("from: '%s' names no product: PRODUCT=FILE", text) end
  return { product = product, kind = kind or "candles", path = path }
end

-- Trades go with the book of the same product.
local function trades_of(given, product)
  for _, text in ipairs(given.trades or {}) do
    local of, path = split(text)
    if of == nil or of == product then return core.read_text(path) end
  end
end

-- "[PRODUCT=]KIND:words", of a replay → product, kind, words
local function read_words(text)
  local product, rest = split(text)
  local kind, words = rest:match "^(%a+):?(.*)$"
  if KINDS[kind] then return product, kind, words end
end

local function is_said_of(source, product, kind)
  return kind == source.kind and (product == nil or product == source.product)
end

-- What --market says of the replay of a product: "candles:speed=60"; else its kind alone.
local function words_of(given, source)
  for _, text in ipairs(given.market or {}) do
    local product, kind, words = read_words(text)
    if is_said_of(source, product, kind) then return ("%s:%s"):format(kind, words) end
  end
  return source.kind
end

-- Words about a replay are no market of their own, and about none they are a mistake.
local function check_words(given, text, product, kind)
  for _, from in ipairs(given.from or {}) do
    if is_said_of(assert(read_source(from)), product, kind) then return true end
  end
  return usage("market: '%s' is of no file: --from %s=%s:FILE", text, product or "PRODUCT", kind)
end

-- What was said is at fault, and no file.
local SAID = { market_kind = true, market_option = true, unknown_product = true, has_market = true,
  out_of_range = true }

local function blame_words(ok, err)
  if ok then return ok end
  return nil, err, SAID[err.code] and "usage" or nil
end

local function add_replay(exchange, given, text)
  local source, err, kind = read_source(text)
  if not source then return nil, err, kind end
  local data, trades
  data, err = core.read_text(source.path)
  if not data then return nil, err end
  trades, err = trades_of(given, source.product)
  if err then return nil, err end
  return blame_words(exchange:add_market(words_of(given, source),
    { product = source.product, data = data, trades = trades }))
end

local function add_made(exchange, given, text)
  local product, rest = split(text)
  local kind = select(2, read_words(text))
  if kind then return check_words(given, text, product, kind) end
  if rest == "none" then return true end
  if not rest:find "^generated" then
    return usage("market: '%s' is neither generated:… nor none, nor of a replay, candles:…", text)
  end
  if not rest:find "seed=" then
    rest = rest .. (rest:find ":" and "," or ":") .. "seed=" .. tostring(given.seed or 1)
  end
  return blame_words(exchange:add_market(rest, { product = product }))
end

-- A book's trades without the book would be left out in silence.
local function check_trades(given)
  for _, text in ipairs(given.trades or {}) do
    local product, is_of_book = split(text), false
    for _, from in ipairs(given.from or {}) do
      is_of_book = is_of_book or is_said_of(assert(read_source(from)), product, "book")
    end
    if not is_of_book then
      return usage("trades: '%s' is of no book: --from %s=book:FILE", text, product or "PRODUCT")
    end
  end
  return true
end

local function add_each(exchange, given, list, add)
  for _, text in ipairs(list) do
    local ok, err, kind = add(exchange, given, text)
    if not ok then return nil, err, kind end
  end
  return true
end

-- Replays first; a market for all products leaves alone those that have one.
function markets.add(exchange, given)
  local from = given.from or {}
  local made = given.market or (#from == 0 and { "generated" } or {})
  local ok, err, kind = add_each(exchange, given, from, add_replay)
  if ok then ok, err, kind = check_trades(given) end
  if not ok then return nil, err, kind end
  return add_each(exchange, given, made, add_made)
end

return markets
