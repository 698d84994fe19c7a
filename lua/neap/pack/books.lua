-- SPDX-License-Identifier: MIT
-- What a session earned, from its fills alone: price, quantity, side and fee of each, the funding of its perpetuals,
-- and what was paid in. The plainest way to keep such books, beside the session's own: each figure that an event states
-- of itself (position, cost, cash …) is compared on the way, so that the first event that does not fit is named.
--
-- Rules, as docs/reference/ledger.md and funding.md state them: value = price × quantity × contract size; what a
-- partial close releases = cost × closed ÷ held, half-even at 12 decimals; spot and margin pay their value,
-- derivatives settle profit and loss; funding = −position × contract size × mark × rate, half-even at 12.
local exact = require "neap.pack.exact"
local fault = require "neap.base.fault"

local books = {}

local parse, text, zero = exact.parse, exact.text, exact.zero
local add, subtract, multiply = exact.add, exact.subtract, exact.multiply

local ONE = parse "1"

local function differs(row, what, expected, found)
  error(fault("pnl_differs", ("event %d, %s: it says %s %s, the fills before and with it make %s"):format(row.seq,
    row.type, what, found, expected)), 0)
end

local function expect(row, what, number, said)
  if said ~= nil and not exact.equals(number, parse(said)) then differs(row, what, text(number), tostring(said)) end
end

local function new_position()
  return { quantity = zero, cost = zero, realized = zero, fees = zero, funding = zero, fills = 0, trades = 0 }
end

-- value of `quantity` at `price`
local function value_of(product, price, quantity)
  local value = multiply(price, quantity, 16)
  return product.contract and multiply(value, product.contract, 16) or value
end

local function worth_of(product, quantity, mark)
  if product.contract then quantity = multiply(quantity, product.contract, 16) end
  return multiply(mark, quantity, 16)
end

local function add_products(self, list)
  for i, facts in ipairs(list) do
    local contract = parse(facts.contract_size or "1")
    local product = { id = facts.id, kind = facts.kind, contract = not exact.equals(contract, ONE) and contract or nil,
      pays = facts.kind == "spot" or facts.kind == "margin" }
    self.products[i], self.by_id[facts.id] = product, product
  end
end

local function add_seat(self, name, paid)
  local seat = { name = name, paid = paid, cash = paid, positions = {} }
  for _, product in ipairs(self.products) do seat.positions[product.id] = new_position() end
  self.seats[#self.seats + 1] = seat
  return seat
end

local function started(self, row)
  local body = row.body
  self.currency = body.currency
  add_products(self, body.products)
  if not body.strategies then return add_seat(self, body.strategy or "", parse(body.cash)) end
  for _, strategy in ipairs(body.strategies) do add_seat(self, strategy.name, parse(strategy.cash)) end
end

-- A store that was trimmed begins with what was: its books are taken as they stand there.
local function taken_over(self, row)
  local body = row.body
  self.currency, self.fills, self.trades = body.currency, body.fills, body.trades
  add_products(self, body.products)
  for _, strategy in ipairs(body.strategies) do
    local seat = add_seat(self, strategy.name, parse(strategy.deposits))
    seat.cash = parse(strategy.cash)
    for _, said in ipairs(strategy.positions) do
      local position = seat.positions[said.product]
      for _, name in ipairs { "quantity", "cost", "realized", "fees", "funding" } do
        position[name] = parse(said[name] or "0")
      end
    end
  end
end

-- What of a fill closes, and the cost that goes with it.
local function close(position, quantity, value, price, product)
  local held, cost = exact.size(position.quantity), exact.size(position.cost)
  if exact.is_less(quantity, held) then return value, exact.share(cost, quantity, held, 12) end
  local all = exact.equals(quantity, held)
  return all and value or value_of(product, price, held), cost
end

local function book(position, product, fill)
  local is_long, buys = position.quantity.sign > 0, fill.side == "buy"
  local value = value_of(product, fill.price, fill.quantity)
  local reduces = not exact.is_zero(position.quantity) and is_long ~= buys
  local closed, realized = zero, zero
  if reduces then
    local released
    closed, released = close(position, fill.quantity, value, fill.price, product)
    realized = is_long and subtract(closed, released) or subtract(released, closed)
    position.cost = is_long and subtract(position.cost, released) or add(position.cost, released)
  end
  local opened = subtract(value, closed)
  position.cost = buys and add(position.cost, opened) or subtract(position.cost, opened)
  local before = position.quantity
  position.quantity = buys and add(before, fill.quantity) or subtract(before, fill.quantity)
  position.realized, position.fees = add(position.realized, realized), add(position.fees, fill.fee)
  local ends = reduces and (exact.is_zero(position.quantity) or position.quantity.sign ~= before.sign)
  return value, realized, ends
end

local function place_of(self, row)
  local product = self.by_id[row.product or ""]
  local seat = self.seats[(row.body.seat or 0) + 1]
  if product and seat then return product, seat, seat.positions[product.id] end
  error(fault("pnl_differs", ("event %d, %s: the session trades no %s, or has no such strategy"):format(row.seq,
    row.type, tostring(row.product))), 0)
end

local function set_mark(self, product, mark, row) self.marks[product.id] = { mark = mark, seq = row.seq } end

local function filled(self, row)
  local body = row.body
  local product, seat, position = place_of(self, row)
  local fill = { side = body.side, price = parse(body.price), quantity = parse(body.quantity),
    fee = parse(body.fee or "0") }
  local value, realized, ends = book(position, product, fill)
  local change = realized
  if product.pays then change = fill.side == "buy" and exact.negate(value) or value end
  seat.cash = subtract(add(seat.cash, change), fill.fee)
  position.fills, self.fills = position.fills + 1, self.fills + 1
  if ends then position.trades, self.trades = position.trades + 1, self.trades + 1 end
  expect(row, "notional", value, body.notional)
  expect(row, "realized", realized, body.realized or "0")
  expect(row, "position", position.quantity, body.position)
  expect(row, "cost", position.cost, body.cost or "0")
  expect(row, "cash", seat.cash, body.cash)
  set_mark(self, product, fill.price, row)
end

local function funded(self, row)
  local body = row.body
  local product, seat, position = place_of(self, row)
  local value = value_of(product, parse(body.mark), exact.negate(position.quantity))
  local amount = multiply(value, parse(body.rate), 12)
  expect(row, "position", position.quantity, body.position)
  expect(row, "funding", amount, body.funding)
  position.funding, seat.cash = add(position.funding, amount), add(seat.cash, amount)
  expect(row, "cash", seat.cash, body.cash)
  set_mark(self, product, parse(body.mark), row)
end

-- A difference with the venue that an operator settled with money of the session's.
local function settled(self, row)
  local deposit = parse(row.body.deposit or "0")
  if exact.is_zero(deposit) then return end
  local seat = self.seats[(row.body.seat or 0) + 1]
  seat.paid, seat.cash = add(seat.paid, deposit), add(seat.cash, deposit)
end

local function each_position(self, visit)
  for _, seat in ipairs(self.seats) do
    for _, product in ipairs(self.products) do visit(seat.positions[product.id], product, seat) end
  end
end

-- Cash and what is held is worth; nil where something has no mark.
local function equity_of(self)
  local sum = zero
  for _, seat in ipairs(self.seats) do sum = add(sum, seat.cash) end
  each_position(self, function(position, product)
    local known = self.marks[product.id]
    if not sum or exact.is_zero(position.quantity) then return end
    if not known then
      sum = nil
      return
    end
    local worth = worth_of(product, position.quantity, known.mark)
    sum = add(sum, product.pays and worth or subtract(worth, position.cost))
  end)
  return sum
end

-- An older session did not say its marks when it stopped: then its equity cannot be made again.
local function says_all_marks(self, said)
  local is_whole = true
  each_position(self, function(position, product)
    if not exact.is_zero(position.quantity) and not said[product.id] then is_whole = false end
  end)
  return is_whole
end

local function stopped(self, row)
  local body, said = row.body, {}
  for _, entry in ipairs(body.marks or {}) do
    local product = self.by_id[entry.product]
    if product then set_mark(self, product, parse(entry.mark), row) end
    said[entry.product] = true
  end
  if says_all_marks(self, said) then expect(row, "equity", equity_of(self), body.equity) end
  local cash = zero
  for _, seat in ipairs(self.seats) do cash = add(cash, seat.cash) end
  expect(row, "cash", cash, body.cash)
  for _, name in ipairs { "fills", "trades" } do
    if body[name] ~= self[name] then differs(row, name, self[name], tostring(body[name])) end
  end
end

local READERS = { session_started = started, order_filled = filled, funding = funded, reconcile_settled = settled,
  session_stopped = stopped }

books.types = { "session_started", "order_filled", "funding", "reconcile_settled", "session_stopped" }

function books.new()
  return { products = {}, by_id = {}, seats = {}, marks = {}, fills = 0, trades = 0 }
end

-- The next event, of those types, in order of seq; the first of a trimmed store is its snapshot. Raises a fault.
function books.take(self, row)
  if row.type == "state_snapshot" then return taken_over(self, row) end
  READERS[row.type](self, row)
end

local NAMES = { "quantity", "cost", "realized", "fees", "funding" }

local function sum_product(self, product)
  local sum = new_position()
  for _, seat in ipairs(self.seats) do
    local position = seat.positions[product.id]
    for _, name in ipairs(NAMES) do sum[name] = add(sum[name], position[name]) end
    sum.fills, sum.trades = sum.fills + position.fills, sum.trades + position.trades
  end
  return sum
end

-- Of each strategy by itself, as its books round it.
local function unrealized_of(self, product)
  local known, sum = self.marks[product.id], zero
  for _, seat in ipairs(self.seats) do
    local position = seat.positions[product.id]
    if not exact.is_zero(position.quantity) then
      if not known then return nil end
      sum = add(sum, subtract(worth_of(product, position.quantity, known.mark), position.cost))
    end
  end
  return sum
end

-- Profit and loss after everything: what was realized, less fees, with funding, and what is open at its mark.
local function profit_of(sum)
  return sum.unrealized and add(add(subtract(sum.realized, sum.fees), sum.funding), sum.unrealized)
end

local function say(sum, names)
  local said = {}
  for _, name in ipairs(names) do said[name] = sum[name] and text(sum[name]) end
  return said
end

-- The figures, all amounts as text: { currency, paid, cash, realized, fees, funding, unrealized, profit, equity, fills,
-- trades, products = { { product, kind, quantity, cost, …, mark, mark_event } } }.
function books.figures(self)
  local totals = { paid = zero, cash = zero, realized = zero, fees = zero, funding = zero, unrealized = zero }
  local products = {}
  for _, seat in ipairs(self.seats) do
    totals.paid, totals.cash = add(totals.paid, seat.paid), add(totals.cash, seat.cash)
  end
  for i, product in ipairs(self.products) do
    local sum = sum_product(self, product)
    sum.unrealized = unrealized_of(self, product)
    sum.profit = profit_of(sum)
    for _, name in ipairs { "realized", "fees", "funding" } do totals[name] = add(totals[name], sum[name]) end
    totals.unrealized = totals.unrealized and sum.unrealized and add(totals.unrealized, sum.unrealized)
    local said = say(sum, { "quantity", "cost", "realized", "fees", "funding", "unrealized", "profit" })
    local known = self.marks[product.id]
    said.product, said.kind, said.fills, said.trades = product.id, product.kind, sum.fills, sum.trades
    if known then said.mark, said.mark_event = text(known.mark), known.seq end
    products[i] = said
  end
  totals.profit, totals.equity = profit_of(totals), equity_of(self)
  local figures = say(totals, { "paid", "cash", "realized", "fees", "funding", "unrealized", "profit", "equity" })
  figures.currency, figures.fills, figures.trades, figures.products = self.currency, self.fills, self.trades, products
  return figures
end

return books
