-- SPDX-License-Identifier: MIT
-- The result of a session, twice: as its own books have it (the state that the events replay to), and from its fills
-- alone (neap.pack.books). They meet in one shape, and are compared figure by figure.
local books = require "neap.pack.books"
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"
local rows = require "neap.pack.rows"

local result = {}

local AMOUNTS = { "realized", "fees", "funding" }
local ZERO = decimal "0"

-- From the fills: the figures of neap.pack.books. Raises a fault where an event does not fit.
function result.of_fills(path)
  local self = books.new()
  local first = rows.first(path, {})
  if first and first.type == "state_snapshot" then books.take(self, first) end
  rows.each(path, books.types, function(row) books.take(self, row) end)
  return books.figures(self)
end

-- The latest price that the events tell of a product: of a fill, of its funding, of a stop.
local function latest_mark(path, id, stops)
  local found
  for _, kind in ipairs { "order_filled", "funding" } do
    local row = rows.first(path, { type = kind, product = id, newest_first = true })
    if row and (not found or row.seq > found.seq) then
      found = { seq = row.seq, mark = decimal(row.body.price or row.body.mark) }
    end
  end
  local stop = stops[id]
  return stop and (not found or stop.seq > found.seq) and stop or found
end

local function marks_of_stops(path)
  local stops = {}
  rows.each(path, { "session_stopped" }, function(row)
    for _, entry in ipairs(row.body.marks or {}) do
      stops[entry.product] = { seq = row.seq, mark = decimal(entry.mark) }
    end
  end)
  return stops
end

local function add(sum, name, value)
  if sum[name] and value then sum[name] = sum[name] + value else sum[name] = nil end
end

local function worth_of(product, position, known)
  return known and known.mark * (position.quantity * product.contract_size)
end

local function new_sum() return { quantity = ZERO, cost = ZERO, realized = ZERO, fees = ZERO, funding = ZERO,
  unrealized = ZERO } end

local function take_position(sum, product, position, known)
  for _, name in ipairs { "quantity", "cost", "realized", "fees", "funding" } do
    add(sum, name, position[name] or ZERO)
  end
  if position.quantity:is_zero() then return ZERO end
  local worth, cost = worth_of(product, position, known), position.cost or ZERO
  add(sum, "unrealized", worth and worth - cost)
  if not worth then return nil end
  return (product.kind == "spot" or product.kind == "margin") and worth or worth - cost
end

local function profit_of(sum)
  return sum.unrealized and sum.realized - sum.fees + sum.funding + sum.unrealized
end

local function say(sum, names)
  local said = {}
  for _, name in ipairs(names) do said[name] = sum[name] and tostring(sum[name]) end
  return said
end

local function product_figures(product, sum, known)
  sum.profit = profit_of(sum)
  local said = say(sum, { "quantity", "cost", "realized", "fees", "funding", "unrealized", "profit" })
  said.product, said.kind = product.id, product.kind
  if known then said.mark, said.mark_event = tostring(known.mark), known.seq end
  return said
end

-- Of a replayed state and its file: the same figures, but for the fills and trades of single products, which the state
-- does not count. `marks`, by product: what is open is worth that; nil: the latest price that the file's events tell.
function result.of_state(path, state, marks)
  local totals = { paid = ZERO, cash = ZERO, realized = ZERO, fees = ZERO, funding = ZERO, unrealized = ZERO }
  local stops, products, by_id, equity = not marks and marks_of_stops(path), {}, {}, ZERO
  for i, product in ipairs(state.products) do
    local known
    if marks then known = marks[product.id] and { mark = marks[product.id] }
    else known = latest_mark(path, product.id, stops) end
    by_id[product.id] = { product = product, sum = new_sum(), known = known, at = i }
  end
  for _, strategy in ipairs(state.strategies) do
    totals.paid, totals.cash = totals.paid + strategy.deposits, totals.cash + strategy.cash
    for _, position in ipairs(strategy.positions) do
      local entry = by_id[position.product]
      local value = take_position(entry.sum, entry.product, position, entry.known)
      equity = equity and value and equity + value
    end
  end
  for i, product in ipairs(state.products) do
    local entry = by_id[product.id]
    products[i] = product_figures(product, entry.sum, entry.known)
    for _, name in ipairs(AMOUNTS) do totals[name] = totals[name] + entry.sum[name] end
    add(totals, "unrealized", entry.sum.unrealized)
  end
  totals.profit, totals.equity = profit_of(totals), equity and equity + totals.cash
  local figures = say(totals, { "paid", "cash", "realized", "fees", "funding", "unrealized", "profit", "equity" })
  figures.currency, figures.products = state.currency, products
  figures.fills, figures.trades = state.counts.fills, state.counts.trades
  return figures
end

local TOTALS = { "currency", "paid", "cash", "realized", "fees", "funding", "unrealized", "profit", "equity", "fills",
  "trades" }
local OF_PRODUCT = { "product", "kind", "quantity", "cost", "realized", "fees", "funding", "unrealized", "profit",
  "mark", "mark_event" }

local function compare_fields(names, where, stated, found, who)
  for _, name in ipairs(names) do
    if stated[name] ~= found[name] then
      return nil, fault("result_differs", ("result, %s%s: it says %s, %s %s"):format(where, name,
        tostring(stated[name]), who, tostring(found[name])))
    end
  end
  return true
end

-- Whether `found` is what `stated` says: true, or nil and a fault that names the first figure. `who`, in words,
-- found it. `counts_products`: it knows the fills and trades of each product, too.
function result.compare(stated, found, who, counts_products)
  local ok, err = compare_fields(TOTALS, "", stated, found, who)
  local products = type(stated.products) == "table" and stated.products or {}
  if ok and #products ~= #found.products then
    return nil, fault("result_differs", ("result: it has %d products, %s %d"):format(#products, who, #found.products))
  end
  for i, product in ipairs(found.products) do
    if ok then ok, err = compare_fields(OF_PRODUCT, product.product .. " ", products[i], product, who) end
    if ok and counts_products then
      ok, err = compare_fields({ "fills", "trades" }, product.product .. " ", products[i], product, who)
    end
  end
  return ok, err
end

return result
