-- SPDX-License-Identifier: MIT
-- A strategy made at random, as text: which feeds it hears, which indicators it has, what it does when, what it keeps,
-- whether it fails some day. No two seeds give the same one.
local made = {}

local INDICATORS = { "sma", "ema", "highest", "lowest", "atr", "rsi", "zscore" }

-- Whether to act: %d is filled in at random.
local CONDITIONS = {
  "self.random(1, 10) > %d",
  "self.state.heard %% %d == 0",
  "self.flat",
  "self.long",
  "#self.orders < %d",
  "self.bid and self.ask and self.ask - self.bid < %d",
  "(self.state.word or ''):match('^a.*b$') == nil",
  "not self.state.last or self.now - self.state.last > %d * 1000000",
}

local ACTIONS = {
  "self:buy { quantity = size(self), why = 'market' }",
  "self:buy { notional = self.random(10, 200), why = 'notional' }",
  "self:buy { fraction = self.random(1, 5) / 1000, why = 'fraction' }",
  "if self.mid then self:buy { quantity = size(self), stop_loss = self.mid * 0.97, take_profit = self.mid * 1.03 } end",
  "if self.mid then self:buy { quantity = size(self), stop_loss = self.mid * 0.99, trailing_stop_bps = 50 } end",
  "if self.mid then self:buy { quantity = size(self), limit = self.mid * (1 - self.random(0, 40) / 10000) } end",
  "if self.bid then self:buy { quantity = size(self), limit = self.bid, post_only = true, why = 'at the bid' } end",
  "if self.ask then self:buy { quantity = size(self), limit = self.ask, time_in_force = 'ioc' } end",
  "if self.ask then self:buy { quantity = size(self), stop = self.ask * 1.001, why = 'breaks out' } end",
  "if self.long and self.mid then self:sell { quantity = '0.0002', limit = self.mid * 1.001, reduce_only = true } end",
  "if self.long then self:close { why = 'out' } end",
  "self:target { quantity = size(self) }",
  "self:target { fraction = self.random(0, 20) / 1000 }",
  "if self.orders[1] then self.orders[self.random(1, #self.orders)]:cancel() end",
  "local o = self.orders[1]; if o and o.type == 'limit' and self.bid then o:replace { limit = self.bid * 0.999 } end",
  "self:cancel_all()",
  "self:after('later', self.random(100, 900) .. 'ms')",
  "self:info('it goes on', { heard = self.state.heard })",
  "self.state.word = ('ab'):rep(self.random(1, 9)):gsub('b', 'c', 2)",
  "self.state.sum = turns(self.random(1, 20))",
  "self.state.last = self.now",
}

local HOOKS = {
  { name = "on_bar", argument = "bar" },
  { name = "on_book", argument = "book", feed = "book" },
  { name = "on_quote", argument = "q", feed = "quote" },
  { name = "on_market_trade", argument = "t", feed = "trades" },
}

local LISTENERS = { "on_order", "on_fill", "on_reject", "on_feed", "on_mode" }

local HEAD = [[
local neap = require "neap"

local function size(self) return ("0.%%04d"):format(self.random(1, %d)) end

-- pairs, sort and a coroutine: their order is the same in every process
local function turns(n)
  local list, sum = {}, 0
  local walk = coroutine.wrap(function() for i = 1, n do coroutine.yield(i * i %% 7) end end)
  for value in walk do list["k" .. #list .. value] = value; list[#list + 1] = value end
  local words = {}
  for key in pairs(list) do words[#words + 1] = tostring(key) end
  table.sort(words)
  for i, word in ipairs(words) do sum = sum + i * #word end
  return sum
end

local function hear(self)
  self.state.heard = (self.state.heard or 0) + 1
  if self.state.heard == %d then error "it fails, as some do" end
end
]]

local function pick(random, list) return list[random(1, #list)] end

local function condition(random)
  return (pick(random, CONDITIONS):gsub("%%d", tostring(random(2, 9))):gsub("%%%%", "%%"))
end

local function reads_of(random, indicators)
  local lines = {}
  for i, kind in ipairs(indicators) do
    if random(1, 2) == 1 then
      lines[#lines + 1] = ("if self.x%d.ready then self.state.%s = tostring(self.x%d.value) end"):format(i, kind, i)
    end
  end
  return lines
end

local function body(random, indicators, count)
  local lines = { "hear(self)" }
  for _, line in ipairs(reads_of(random, indicators)) do lines[#lines + 1] = line end
  for _ = 1, random(1, count) do
    lines[#lines + 1] = ("if %s then %s end"):format(condition(random), pick(random, ACTIONS))
  end
  return "    " .. table.concat(lines, "\n    ")
end

local function start_of(random, indicators)
  local lines = { "self.state.heard = self.state.heard or 0" }
  for i, kind in ipairs(indicators) do lines[#lines + 1] = ("self.x%d = self:%s(%d)"):format(i, kind, random(2, 15)) end
  lines[#lines + 1] = ("self:every('act', '%dms')"):format(random(100, 300))
  if random(1, 4) == 1 then lines[#lines + 1] = "if resumed then self:close { why = 'begins again' } end" end
  return "    " .. table.concat(lines, "\n    ")
end

local function hook_of(random, indicators, hook)
  -- market data is fast: most of it is only heard
  return ([[
  %s = function(self, %s)
    if self.random(1, 12) > 1 or #self.orders > 8 then return end
%s
  end,]]):format(hook.name, hook.argument, body(random, indicators, 3))
end

local function timer_of(random, indicators)
  return ([[
  on_timer = function(self)
    if #self.orders > 12 then return self:cancel_all() end
%s
  end,]]):format(body(random, indicators, 9))
end

local function listener_of(name)
  return ("  %s = function(self) hear(self); self.state.%s = (self.state.%s or 0) + 1 end,"):format(name, name, name)
end

-- made.text(random): the text of a strategy, of a generator like math.random.
function made.text(random)
  local indicators, feeds = {}, { "'book'" }
  for i = 1, random(0, 3) do indicators[i] = pick(random, INDICATORS) end
  local fails_at = random(1, 10) == 1 and random(5, 60) or -1
  local parts = { HEAD:format(random(2, 40), fails_at), "return neap.strategy {\n  name = 'made',\n  warmup = 0,",
    ("  on_start = function(self, resumed)\n%s\n  end,"):format(start_of(random, indicators)),
    timer_of(random, indicators) }
  for _, hook in ipairs(HOOKS) do
    if random(1, 2) == 1 then
      if hook.feed and hook.feed ~= "book" then feeds[#feeds + 1] = ("'%s'"):format(hook.feed) end
      parts[#parts + 1] = hook_of(random, indicators, hook)
    end
  end
  for _, name in ipairs(LISTENERS) do
    if random(1, 2) == 1 then parts[#parts + 1] = listener_of(name) end
  end
  parts[#parts + 1] = ("  feeds = { %s },\n}\n"):format(table.concat(feeds, ", "))
  return table.concat(parts, "\n")
end

return made
