-- SPDX-License-Identifier: MIT
-- Random trading by 50 clients: the venue beside a slow, obvious one, order by order and fill by fill, to the last
-- digit of everybody's money. NEAP_VENUE_ORDERS sets the number of orders, but for instrumented builds.
local json = require "neap.json"
local slow_venue = require "spec.support.slow_venue"
local venues = require "neap.venue"

local INSTRUMENTED = os.getenv "NEAP_TEST_LUA"
local ORDERS = INSTRUMENTED and 2000 or tonumber(os.getenv "NEAP_VENUE_ORDERS") or 20000
local RULES = { "cancel_newest", "cancel_oldest", "cancel_both", "decrement", "allow" }
local CLIENTS, BURST = 50, math.max(100, ORDERS // 1000)
local START = 1767225600 * 1000000000 -- 2026-01-01

-- A tick is 0.01 and a lot 0.001: worth 10^6 units of 10^-11 USD.
local PRODUCT = [[{"product_id":"%s","price":"100","base_increment":"0.001","quote_increment":"0.01",
"price_increment":"0.01","quote_min_size":"1","quote_max_size":"1000000","base_min_size":"0.001",
"base_max_size":"10000","product_type":"SPOT","base_currency_id":"AAA","quote_currency_id":"%s","status":"online",
"alias":"%s"}]]
local PRODUCTS = ('{"products":[%s,%s]}'):format(PRODUCT:format("AAA-USD", "USD", ""),
  PRODUCT:format("AAA-USDC", "USDC", "AAA-USD"))

describe("random trading at the venue", function()
  local state
  local function random(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n
  end
  local function pick(list) return list[random(#list) + 1] end

  -- "12.5" in units of 10^-digits.
  local function units(text, digits)
    local whole, part = text:match "^(%-?%d+)%.?(%d*)$"
    assert(#part <= digits, text)
    local value = tonumber(whole .. part .. ("0"):rep(digits - #part))
    return math.tointeger(value)
  end
  local function money(text) return units(text, 11) end
  local function lots(text) return units(text, 3) end
  local function ticks(text) return units(text, 2) end
  local function as_price(value) return ("%d.%02d"):format(value // 100, value % 100) end
  local function as_size(value) return ("%d.%03d"):format(value // 1000, value % 1000) end

  local venue, slow, keys, names, now, sent, ids, mine

  local function ask(method, path, key, body)
    local bare, query = path:match "^([^?]*)%??(.*)$"
    local status, text = venue:request { method = method, path = "/api/v3/brokerage" .. bare, query = query,
      key = keys[key], body = body or "", now = START + now * 1000000 }
    if status ~= 200 then error(("%s %s: %d %s"):format(method, path, status, text), 2) end
    return text
  end
  local function get(path, key) return json.decode(ask("GET", path, key), { numbers = "float" }) end

  local function begin(rule)
    venue = assert(venues.new { seed = 7, start = START, products = PRODUCTS, self_trade = rule })
    slow, keys, names, now, sent, ids, mine = slow_venue.new(rule), {}, {}, 0, 0, {}, {}
    for i = 1, CLIENTS do
      local name = "client" .. i
      names[i], mine[name] = name, {}
      keys[name] = assert(venue:add_key { name = name })
      slow:add_user(name, { USD = 0, USDC = 0, base = 0 })
    end
  end

  -- Whoever became poor gets something again.
  local function deposit()
    for _, name in ipairs(names) do
      for _, currency in ipairs { "USD", "USDC", "AAA" } do
        local is_base = currency == "AAA"
        local wallet = slow.users[name].wallets[is_base and "base" or currency]
        local least, amount = is_base and 2000 or 200 * 10 ^ 11 // 1 | 0, is_base and 5000 or 500 * 10 ^ 11 // 1 | 0
        if wallet.available + wallet.hold < least then
          assert(venue:deposit(keys[name], currency, is_base and "5" or "500"))
          slow:deposit(name, is_base and "base" or currency, amount)
        end
      end
    end
  end

  local KEYS = { gtc = "limit_limit_gtc", gtd = "limit_limit_gtd", ioc = "sor_limit_ioc", fok = "limit_limit_fok" }

  local function end_text(good_till)
    return ("2026-01-01T%02d:%02d:%02d.%03dZ"):format(good_till // 3600000, good_till // 60000 % 60,
      good_till // 1000 % 60, good_till % 1000)
  end

  local function random_order(name)
    local order = { id = sent, owner = name, side = pick { "buy", "sell" }, quote = pick { "USD", "USD", "USDC" },
      kind = "limit", price = 9900 + random(201), size = 1 + random(3000), time_in_force = "gtc" }
    local kind = random(20)
    if kind < 2 then
      order.kind, order.price, order.time_in_force = "market", nil, nil
    elseif kind < 4 and order.side == "buy" then
      order.kind, order.price, order.size, order.time_in_force = "money", nil, nil, nil
      order.money = (100 + random(30000)) * 10 ^ 9 // 1 | 0
    elseif kind < 7 then
      order.time_in_force = pick { "ioc", "fok" }
    elseif kind < 10 then
      order.post_only = true
    elseif kind < 13 then
      order.time_in_force, order.good_till = "gtd", now + 1 + random(400)
    end
    return order
  end

  local function configuration(order)
    if order.kind == "money" then
      return ('"market_market_ioc":{"quote_size":"%s"}'):format(as_price(order.money // 1000000000))
    elseif order.kind == "market" then
      return ('"market_market_ioc":{"base_size":"%s"}'):format(as_size(order.size))
    end
    return ('"%s":{"base_size":"%s","limit_price":"%s"%s%s}'):format(KEYS[order.time_in_force], as_size(order.size),
      as_price(order.price), order.post_only and ',"post_only":true' or "",
      order.good_till and (',"end_time":"%s"'):format(end_text(order.good_till)) or "")
  end

  -- The first reason of an answer that is not UNKNOWN; "taken" and the order's id.
  local function reason_of(answer)
    local id = answer:match '"success":true.-"order_id":"([^"]+)"'
    if id then return "taken", id end
    for _, member in ipairs { "new_order_failure_reason", "preview_failure_reason" } do
      local word = answer:match('"' .. member .. '":"([^"]+)"')
      if not word:find "^UNKNOWN" then return word end
    end
    return "?"
  end

  local function create(name)
    sent = sent + 1
    local order = random_order(name)
    local answer = ask("POST", "/orders", name,
      ('{"client_order_id":"%d","product_id":"AAA-%s","side":"%s","order_configuration":{%s}}'):format(sent,
        order.quote, order.side:upper(), configuration(order)))
    local got, id = reason_of(answer)
    local wanted = slow:create(order, now)
    if id then
      ids[sent] = id
      table.insert(mine[name], sent)
    end
    return wanted, got
  end

  -- One of the client's last orders, or none.
  local function some_order(name)
    local list = mine[name]
    return #list > 0 and list[#list - random(math.min(#list, 12))]
  end

  local function cancel(name)
    local number = some_order(name)
    if not number then return "", "" end
    local answer = ask("POST", "/orders/batch_cancel", name, ('{"order_ids":["%s"]}'):format(ids[number]))
    local got = answer:find('"success":true', 1, true) and "cancelled" or answer:match '"failure_reason":"([^"]+)"'
    return slow:cancel(number, now), got
  end

  local function edit(name)
    local number = some_order(name)
    local order = number and slow.orders[number]
    if not order or order.kind ~= "limit" or KEYS[order.time_in_force]:find "[ik]o[ck]$" then return "", "" end
    local price = random(2) == 0 and order.price or 9900 + random(201)
    local size = 1 + random(random(4) == 0 and 60000 or 3000)
    if random(2) == 0 then size = math.max(1, order.size - random(500)) end
    local body = '{"order_id":"%s","price":"%s","size":"%s"}'
    local answer = ask("POST", "/orders/edit", name, body:format(ids[number], as_price(price), as_size(size)))
    local got = answer:find('"success":true', 1, true) and "taken" or answer:match '"edit_failure_reason":"([^"]+)"'
    return slow:edit(number, price, size, now), got
  end

  local told = {}
  local function one_operation()
    now = now + random(3)
    local name, what = pick(names), random(20)
    local act = what < 12 and create or what < 16 and cancel or edit
    local wanted, got = act(name)
    told[got] = (told[got] or 0) + 1
    if wanted ~= got then error(("operation %d of %s: %s is wanted, not %s"):format(sent, name, wanted, got)) end
  end

  local function same(what, wanted, got)
    if wanted ~= got then error(("after order %d, %s: %s is wanted, not %s"):format(sent, what, wanted, got), 2) end
  end

  local function compare_wallets(name)
    local wallets = slow.users[name].wallets
    for _, account in ipairs(get("/accounts?limit=250", name).accounts) do
      local is_base = account.currency == "AAA"
      local wallet, read = wallets[is_base and "base" or account.currency], is_base and lots or money
      same(name .. " has " .. account.currency, wallet.available, read(account.available_balance.value))
      same(name .. " holds " .. account.currency, wallet.hold, read(account.hold.value))
    end
  end

  -- Every fill since the last look, in its order.
  local function compare_fills(name)
    local fills = slow.users[name].fills
    if #fills == 0 then return end
    local got = get("/orders/historical/fills?limit=" .. #fills, name).fills
    same(name .. "'s fills", #fills, #got)
    for i, fill in ipairs(fills) do
      local other = got[#got + 1 - i]
      local size = other.size_in_quote and money(other.size) or lots(other.size)
      local wanted = ("%s %d %d %d %s"):format(ids[fill.order], fill.price,
        other.size_in_quote and fill.value or fill.size, fill.fee, fill.liquidity)
      same(name .. "'s fill", wanted, ("%s %d %d %d %s"):format(other.order_id, ticks(other.price), size,
        money(other.commission), other.liquidity_indicator))
    end
    slow.users[name].fills = {}
  end

  local function compare_prints()
    local prints, count = slow.prints, math.min(#slow.prints, 1000)
    if count == 0 then return end
    local got = get("/products/AAA-USD/ticker?limit=" .. count, names[1]).trades
    for i = 1, count do
      local print = prints[#prints + 1 - i]
      same("print", ("%d %d %s"):format(print.price, print.size, print.side:upper()),
        ("%d %d %s"):format(ticks(got[i].price), lots(got[i].size), got[i].side))
    end
    slow.prints = {}
  end

  local function compare_orders()
    for number, order in pairs(slow.changed) do
      local got = get("/orders/historical/" .. ids[number], order.owner).order
      local wanted = ("%s %d %d %d %d"):format(order.status, order.filled, order.value, order.fees, order.hold)
      local hold = order.side == "sell" and lots or money
      same("order " .. number, wanted, ("%s %d %d %d %d"):format(got.status, lots(got.filled_size),
        money(got.filled_value), money(got.total_fees), hold(got.outstanding_hold_amount)))
      if order.status ~= "OPEN" then slow.changed[number] = nil end
    end
    slow.changed = {}
  end

  local function compare_book()
    local book = get("/product_book?product_id=AAA-USD&limit=1000", names[1]).pricebook
    for side, levels in pairs { buy = book.bids, sell = book.asks } do
      local wanted, count = slow:levels(side), 0
      for _, level in ipairs(levels) do
        same(side .. " at " .. level.price, wanted[ticks(level.price)], lots(level.size))
        count = count + 1
      end
      for _ in pairs(wanted) do count = count - 1 end
      same(side .. " levels", 0, count)
    end
  end

  -- Old orders go, so that the slow book stays one that can be searched.
  local function thin_out()
    while #slow.book.orders > 300 do
      local order = slow.book.orders[1]
      ask("POST", "/orders/batch_cancel", order.owner, ('{"order_ids":["%s"]}'):format(ids[order.id]))
      slow:cancel(order.id, now)
    end
  end

  local function compare()
    slow:advance(now)
    assert(venue:check())
    for _, name in ipairs(names) do
      compare_fills(name)
      compare_wallets(name)
    end
    compare_prints()
    compare_orders()
    compare_book()
  end

  for seed, rule in ipairs(RULES) do
    it(("of %d orders is that of the slow venue, under %s"):format(ORDERS // #RULES, rule), function()
      state, told = seed, {}
      begin(rule)
      local filled = 0
      while sent < ORDERS // #RULES do
        deposit()
        for _ = 1, BURST do one_operation() end
        thin_out()
        filled = filled + #slow.prints
        compare()
        for name, list in pairs(mine) do mine[name] = table.move(list, math.max(1, #list - 11), #list, 1, {}) end
      end
      venue:close()
      assert.is_true(filled > sent // 4, filled)
      local words = { "taken", "cancelled", "PREVIEW_INSUFFICIENT_FUND", "INVALID_LIMIT_PRICE_POST_ONLY",
        "ORDER_IS_FULLY_FILLED", "CANNOT_EDIT_TO_BELOW_FILLED_SIZE", "UNKNOWN_EDIT_ORDER_FAILURE_REASON" }
      for i = 1, ORDERS >= 10000 and #words or 2 do -- the others are rare
        local word = words[i]
        assert.is_true((told[word] or 0) > 0, word .. " never came")
      end
    end)
  end
end)
