-- SPDX-License-Identifier: MIT
-- The decisions of a store of events, one by one, and the first in which two stores part. Which engine decided, and
-- what its checks saw, makes no difference; what it came to does.
local rows = require "neap.pack.rows"

local decisions = {}

local TYPES = { "order_intent", "decision", "order_cancel_requested" }

local TICKET = { "side", "type", "quantity", "notional", "fraction", "limit", "stop", "trail_bps", "time_in_force",
  "post_only", "reduce_only" }
local COMPARED = { "ts_ns", "action", "product", "verdict", "reason", table.unpack(TICKET) }

local function read_ticket(into, ticket)
  for _, name in ipairs(TICKET) do
    if ticket[name] ~= nil then into[name] = ticket[name] end
  end
  if into.fraction then into.notional = nil end -- in earnest the venue is given an amount for the share
end

local function new(row, action)
  return { ts_ns = row.ts_ns, time = row.time, event = row.seq, action = action, product = row.product,
    order = row.client_order_id, number = row.body.number, why = row.body.why }
end

-- An order leaves by its ticket as it was decided: its quantity may be the engine's.
local function add_verdict(into, row)
  read_ticket(into, row.body.ticket or {})
  into.verdict = row.body.accepted and "accepted" or "refused"
  into.reason = row.body.reason and row.body.reason.code
end

-- An order with its verdict, a second decision on it, or a cancel; what was adopted was nobody's decision.
local readers = {}

function readers.order_intent(self, row)
  if row.body.adopted then return end
  self.waiting = new(row, "order")
  read_ticket(self.waiting, row.body)
end

function readers.decision(self, row)
  local found = self.waiting
  if not found or found.order ~= row.client_order_id then found = new(row, "second decision") end
  self.waiting = nil
  add_verdict(found, row)
  coroutine.yield(found)
end

function readers.order_cancel_requested(_, row) coroutine.yield(new(row, "cancel")) end

local function read(self, path, last)
  rows.each(path, TYPES, function(row)
    if last and row.seq > last then return end
    if self.waiting and row.type ~= "decision" then
      coroutine.yield(self.waiting)
      self.waiting = nil
    end
    readers[row.type](self, row)
  end)
  if self.waiting then coroutine.yield(self.waiting) end
end

-- decisions.each(path, last) → a function that gives one after the other, then nil. Raises the fault of a file that
-- cannot be read.
function decisions.each(path, last)
  return coroutine.wrap(function() read({}, path, last) end)
end

-- Two cancels at one moment are of one order, whose id is its number's in both.
local function is_same(a, b)
  if a.action == "cancel" and a.order ~= b.order then return false end
  for _, name in ipairs(COMPARED) do
    if a[name] ~= b[name] then return false end
  end
  return true
end

-- The first decision that is not the same, `last` being the last event of `before` that counts (nil: all do):
-- { number =, ts_ns = of the earlier, before =, after = each one's next decision, which may come later; nil: it has
-- none any more }; nil: all are the same.
function decisions.difference(before, after, last)
  local next_before, next_after, number = decisions.each(before, last), decisions.each(after), 0
  local a, b
  repeat
    number = number + 1
    a, b = next_before(), next_after()
    if not a and not b then return nil end
  until not (a and b and is_same(a, b))
  local ts_ns = math.min(a and a.ts_ns or math.maxinteger, b and b.ts_ns or math.maxinteger)
  return { number = number, ts_ns = ts_ns, before = a, after = b }
end

return decisions
