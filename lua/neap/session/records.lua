-- SPDX-License-Identifier: MIT
-- What a session shows, as plain tables that print themselves on one line; `columns` says how a list of them is shown.
local clock = require "neap.clock"

local records = {}

local function money(value) return value and tostring(value) or "-" end

local function signed(value) return value and (value > 0 and "+" or "") .. tostring(value) or "-" end

local function side_of(position)
  if position.quantity:is_zero() then return "flat" end
  return position.quantity > 0 and "long" or "short"
end

local kinds = {}

kinds.position = {
  columns = {
    { "product" }, { "strategy" }, { "side", of = side_of },
    { "quantity", of = function(p) return p.quantity:abs() end, align = "right" },
    { "entry_price", title = "entry", align = "right" }, { "mark", align = "right" },
    { "unrealized", align = "right" }, { "realized", align = "right" }, { "fees", align = "right" },
  },
  line = function(p)
    if p.quantity:is_zero() then
      return ("%s  flat  realized %s  fees %s"):format(p.product, signed(p.realized), money(p.fees))
    end
    return ("%s  %s %s @ %s  unrealized %s  realized %s  fees %s"):format(p.product, side_of(p), p.quantity:abs(),
      money(p.entry_price), signed(p.unrealized), signed(p.realized), money(p.fees))
  end,
}

kinds.margin = {
  columns = {
    { "strategy" }, { "health" }, { "equity", align = "right" }, { "value", align = "right" },
    { "initial", align = "right" }, { "maintenance", align = "right" }, { "available", align = "right" },
    { "leverage", align = "right" }, { "buffer_pct", title = "buffer %", align = "right" },
  },
  line = function(m)
    return ("%s  %s  equity %s  value %s  maintenance %s  available %s"):format(m.strategy, m.health, m.equity, m.value,
      m.maintenance, m.available)
  end,
}

kinds.fill = {
  columns = {
    { "time", of = function(f) return clock.format(f.time) end }, { "number", title = "order", align = "right" },
    { "side" }, { "product" }, { "quantity", align = "right" }, { "price", align = "right" },
    { "fee", align = "right" }, { "liquidity" }, { "why" },
  },
  line = function(f)
    return ("fill of order #%s: %s %s %s at %s, fee %s, %s"):format(f.number or "?", f.side, f.quantity, f.product,
      f.price, f.fee, clock.format(f.time))
  end,
}

kinds.trade = {
  columns = {
    { "product" }, { "side", of = function(t) return t.side == "buy" and "long" or "short" end },
    { "quantity", align = "right" },
    { "in", of = function(t) return clock.format(t.entry_time) end }, { "entry_price", title = "at", align = "right" },
    { "out", of = function(t) return clock.format(t.exit_time) end }, { "exit_price", title = "at", align = "right" },
    { "pnl", title = "after fees", align = "right" }, { "strategy" },
  },
  line = function(t)
    return ("%s %s %s: in %s at %s, out %s at %s, after fees %s"):format(t.side == "buy" and "long" or "short",
      t.quantity, t.product, clock.format(t.entry_time), t.entry_price, clock.format(t.exit_time), t.exit_price, t.pnl)
  end,
}

kinds.strategy = {
  columns = { { "name" }, { "cash", align = "right" }, { "equity", align = "right" }, { "quarantined" } },
  line = function(s)
    return ("%s  cash %s  equity %s%s"):format(s.name, s.cash, money(s.equity),
      s.quarantined and "  QUARANTINED: " .. s.quarantined:match "^[^\n]*" or "")
  end,
}

kinds.event = {
  columns = {
    { "seq", align = "right" }, { "time" }, { "type" }, { "product" },
    { "order", of = function(e) return e.client_order_id and e.client_order_id:sub(1, 8) end },
    { "body", of = function(e) return e.json end },
  },
  line = function(e)
    return ("#%d %s %s%s %s"):format(e.seq, e.time, e.type, e.product and " " .. e.product or "", e.json)
  end,
}

kinds.past_order = {
  columns = {
    { "order", title = "number", align = "right" }, { "id", of = function(o) return o.id and o.id:sub(1, 8) end },
    { "side" }, { "type" }, { "product" }, { "quantity", align = "right" }, { "limit", align = "right" },
    { "stop", align = "right" }, { "status" }, { "filled", align = "right" }, { "tag" }, { "why" },
  },
  line = function(o)
    return ("#%d %s %s %s %s: %s, filled %s"):format(o.order, o.side, o.type, money(o.quantity), o.product, o.status,
      money(o.filled))
  end,
}

kinds.input = {
  columns = {
    { "number", align = "right" }, { "kind" }, { "time" }, { "segment" }, { "text" },
  },
  line = function(i)
    return ("input %d (%s), %s, %s%s"):format(i.number, i.kind, i.time, i.segment, i.text and ": " .. i.text or "")
  end,
}

local function number(value) return value and ("%.10g"):format(value) end

kinds.indicator = {
  columns = {
    { "strategy" }, { "product" }, { "timeframe" }, { "series" },
    { "indicator", of = function(i) return ("%s(%d)"):format(i.name, i.period) end },
    { "value", of = function(i) return number(i.value) or "not ready" end, align = "right" },
    { "previous", of = function(i) return number(i.previous) end, align = "right" },
  },
  line = function(i)
    return ("%s(%d) of %s = %s"):format(i.name, i.period, i.series or i.product .. " " .. i.timeframe,
      number(i.value) or "not ready")
  end,
}

kinds.guard = {
  columns = {
    { "mode" }, { "reason" }, { "who" }, { "since", of = function(g) return g.since and clock.format(g.since) end },
  },
  line = function(g)
    if not g.reason then return g.mode end
    return ("%s: %s, by %s%s"):format(g.mode, g.reason, g.who, g.since and " since " .. clock.format(g.since) or "")
  end,
}

local types = {}
for name, kind in pairs(kinds) do
  types[name] = { __name = name, __tostring = kind.line, columns = kind.columns }
end

-- The records of a list, each made to print itself.
function records.mark(list, kind)
  for _, record in ipairs(list) do setmetatable(record, types[kind]) end
  return list
end

function records.mark_one(record, kind) return setmetatable(record, types[kind]) end

return records
