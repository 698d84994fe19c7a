-- SPDX-License-Identifier: MIT
-- Judges what a strategy file declares, and its parameters. Runs inside the strategy's cell.
local parameters = require "neap.strategy.parameters"
local c = require "neap.strategy_c"

local strategy = {}

local HOOKS = { "on_start", "on_bar", "on_slice", "on_order", "on_fill", "on_reject", "on_timer", "on_stop",
  "on_mode", "on_quote", "on_book", "on_market_trade", "on_feed" }
local KEYS = { "name", "doc", "params", "check", "products", "timeframe", "timeframes", "warmup", "feeds" }
local LATER = { "on_params", "on_reload" }
local FEEDS = { book = 1, trades = 2, quote = 4 } -- enum neap_feed_bit
local FEED_OF = { on_book = "book", on_market_trade = "trades", on_quote = "quote" }
local MAX_FRAMES, MAX_PRODUCTS = 8, 32

local function set_of(...)
  local set, list = {}, {}
  for _, words in ipairs { ... } do
    for _, word in ipairs(words) do
      set[word] = true
      list[#list + 1] = word
    end
  end
  return set, list
end

local HOOK, LATER_WORD = set_of(HOOKS), set_of(LATER)
local KNOWN, WORDS = set_of(KEYS, HOOKS, LATER)

-- Raised at the author's call of neap.strategy.
local function refuse(message, ...) error(message:format(...), 0) end

local function check_word(key)
  if LATER_WORD[key] then refuse("'%s' is not in this version", key) end
  if KNOWN[key] then return end
  if type(key) ~= "string" then refuse("a strategy is declared by name = value, not by position") end
  local nearest = c.nearest(key, WORDS)
  local kind = key:find "^on_" and "hook" or "key"
  if nearest then refuse("unknown %s '%s'; did you mean '%s'?", kind, key, nearest) end
  refuse("unknown %s '%s'; known: %s", kind, key, table.concat(WORDS, ", ", 1, #KEYS + #HOOKS))
end

local function check_words(declared)
  for key, value in pairs(declared) do
    check_word(key)
    if HOOK[key] and type(value) ~= "function" then refuse("%s must be a function, not %s", key, type(value)) end
  end
end

local function check_name(name)
  if type(name) ~= "string" or not name:find "^[%w_][%w_.-]*$" or #name > 63 then
    refuse("name must be text of letters, digits, _ . - (at most 63), like name = \"ma_cross\"")
  end
end

local function read_frame(what, text)
  if type(text) ~= "string" then refuse("%s must be text like \"1h\", not %s", what, type(text)) end
  local ns, err = c.duration(text)
  if not ns then refuse("%s: %s", what, err.message) end
  if ns <= 0 then refuse("%s must be more than zero", what) end
  return ns
end

-- A list of texts; `max` entries at most.
local function check_list(what, list, max)
  if type(list) ~= "table" then refuse("%s must be a list of texts", what) end
  for key, value in pairs(list) do
    if math.type(key) ~= "integer" or key > #list or type(value) ~= "string" then
      refuse("%s must be a list of texts", what)
    end
  end
  if #list > max then refuse("%s: at most %d, not %d", what, max, #list) end
  return list
end

local function read_frames(list)
  local frames, seen = {}, {}
  for index, text in ipairs(check_list("timeframes", list or {}, MAX_FRAMES)) do
    frames[index] = read_frame("timeframes", text)
    if seen[frames[index]] then refuse("timeframes: '%s' is there twice", text) end
    seen[frames[index]] = true
  end
  return frames
end

local function read_products(list)
  local seen = {}
  for _, id in ipairs(check_list("products", list or {}, MAX_PRODUCTS)) do
    if #id > 39 or not id:find "^[%w.]+%-[%w.-]+$" then refuse("products: '%s' is no product like \"BTC-USD\"", id) end
    if seen[id] then refuse("products: '%s' is there twice", id) end
    seen[id] = true
  end
  return list or {}
end

local function read_feeds(list)
  local bits = 0
  for _, feed in ipairs(check_list("feeds", list or {}, 3)) do
    if not FEEDS[feed] then refuse("feeds: '%s' is none of book, trades, quote", feed) end
    if bits & FEEDS[feed] ~= 0 then refuse("feeds: '%s' is there twice", feed) end
    bits = bits | FEEDS[feed]
  end
  return bits
end

local function check_feeds(declared, bits)
  for _, hook in ipairs { "on_book", "on_market_trade", "on_quote" } do
    local feed = FEED_OF[hook]
    if declared[hook] and bits & FEEDS[feed] == 0 then
      refuse("%s is called for a feed that is asked for: feeds = { \"%s\" }", hook, feed)
    end
  end
  if declared.on_feed and bits == 0 then refuse "on_feed tells of feeds, and none is asked for" end
  return bits
end

local function read_warmup(count)
  if count == nil then return -1 end
  if math.type(count) ~= "integer" or count < 0 then refuse("warmup must be a whole number of bars, 0 or more") end
  return count
end

local function check_rest(declared)
  if declared.doc ~= nil and type(declared.doc) ~= "string" then refuse("doc must be text") end
  if declared.check ~= nil and type(declared.check) ~= "function" then refuse("check must be a function") end
end

local DECLARED = {} -- marks what neap.strategy has judged

local function judge(declared)
  if type(declared) ~= "table" then refuse("neap.strategy takes a table, not %s", type(declared)) end
  check_words(declared)
  check_name(declared.name)
  check_rest(declared)
  local plan = { mark = DECLARED, name = declared.name, doc = declared.doc, check = declared.check, hooks = {} }
  plan.products = read_products(declared.products)
  plan.timeframe = declared.timeframe and read_frame("timeframe", declared.timeframe) or 0
  plan.timeframes = read_frames(declared.timeframes)
  plan.warmup = read_warmup(declared.warmup)
  plan.feeds = check_feeds(declared, read_feeds(declared.feeds))
  plan.declared_params = parameters.declare(declared.params or {}, refuse)
  for _, hook in ipairs(HOOKS) do plan.hooks[hook] = declared[hook] end
  return plan
end

-- neap.strategy { … } → what the file returns. An error names the author's line.
function strategy.declare(declared)
  local ok, result = pcall(judge, declared)
  if not ok then error(result, 3) end
  return result
end

local function refused(code, message, nearest) return nil, { code = code, message = message, nearest = nearest } end

-- The plan with its parameters set from { { name, text }, … }; or nil, { code, message, nearest }.
function strategy.configure(plan, texts)
  if type(plan) ~= "table" or rawget(plan, "mark") ~= DECLARED then
    return refused("no_strategy", "the file returns no strategy; it ends with: return neap.strategy { … }")
  end
  local values, refusal = parameters.set(plan.declared_params, texts)
  if not values then return nil, refusal end
  plan.params, plan.record = parameters.view(plan.declared_params, values)
  if plan.check then
    local ok, message = plan.check(plan.params)
    if not ok then return refused("check_failed", tostring(message or "check(params) refuses these parameters")) end
  end
  return plan
end

return setmetatable(strategy, { __call = function(_, declared) return strategy.declare(declared) end })
