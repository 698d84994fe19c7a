-- SPDX-License-Identifier: MIT
-- Which orders may be asked for, and which should be: a policy is data (config/order_policy/*.lua) that anybody may
-- change; the advanced engine asks it of each entry where one is configured (engines B8).
local blame = require "neap.base.blame"
local decimal = require "neap.decimal"
local definition = require "neap.order_policy.definition"
local digest = require "neap.digest"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local home = require "neap.base.home"
local lists = require "neap.base.lists"
local order_policy_c = require "neap.order_policy_c"
local rate = require "neap.order_policy.rate"
local recommender = require "neap.order_policy.recommender"
local slip = require "neap.base.slip"

local order_policy = {}

local MOST = 1 << 20 -- bytes of a file
local MINUTE = 60 * 1000000000

local inside = setmetatable({}, { __mode = "k" }) -- by policy: { core =, read =, name =, digest = }

local ASKED = { product = "string", type = "string", time_in_force = "string", side = "string", quantity = true,
  price = true, value = true, post_only = "boolean", reduce_only = "boolean", position = true, traded = true,
  recent = "integer" }
local WANTED = { product = "string", side = "string", quantity = true, price = true, urgency = "string",
  liquidity = true, spread_bps = true, volatility_percentile = true, reduce_only = "boolean", position = true,
  traded = true, recent = "integer" }
local URGENCIES = { normal = true, urgent = true, patient = true }

local function misuse(message, ...) error(message:format(...), 0) end

local function check(what, given, words)
  if type(given) ~= "table" then misuse("%s: a table is wanted, not %s", what, type(given)) end
  local wrong = slip(given, words, "option")
  if wrong then misuse("%s: %s", what, wrong) end
  if type(given.product) ~= "string" then misuse("%s: product is needed", what) end
end

local methods = {}
local metatable = { __index = methods, __metatable = "order_policy" }

function metatable.__tostring(self)
  local own = inside[self]
  return ("order policy %s: %d products, %d kinds of orders"):format(own.name, #own.read.symbols,
    #own.read.capabilities)
end

local function symbol_of(self, product)
  for _, symbol in ipairs(inside[self].read.symbols) do
    if symbol.product == product then return symbol end
  end
end

local function value_of(asked)
  if not asked.price then return nil end
  local price, quantity = decimal.parse(tostring(asked.price)), decimal.parse(tostring(asked.quantity))
  return price and quantity and price * quantity
end

-- policy:validate{ product, type, time_in_force, side, quantity, price, post_only, reduce_only, position, traded,
-- recent } → true; or nil and why. It spends nothing.
methods.validate = blame(function(self, asked)
  check("validate", asked, ASKED)
  local question = { value = value_of(asked) } -- one that is given counts
  for name, value in pairs(asked) do question[name] = value end
  local ok, code, note, input, limit = inside[self].core:ask(question)
  if ok then return true end
  local at = limit and (": %s; %s"):format(tostring(input), tostring(limit)) or ""
  local err = fault(code, note .. at, asked.product)
  err.input, err.limit = input, limit
  return nil, err
end)

local function question_of(asked, advice)
  return { product = asked.product, side = asked.side, type = advice.type, time_in_force = advice.time_in_force,
    post_only = advice.post_only, reduce_only = advice.reduce_only, quantity = advice.slice or asked.quantity,
    price = advice.type ~= "market" and asked.price or nil, value = value_of(asked), position = asked.position,
    traded = asked.traded, recent = asked.recent }
end

-- policy:recommend{ product, side, quantity, urgency = "normal", liquidity, spread_bps, volatility_percentile, price,
-- reduce_only } → { type, time_in_force, post_only, reduce_only, slice, why }; or nil and why not. `liquidity` is a
-- condition, or a report of neap.impact. What the policy refuses falls back on limit/gtc, if it lets that pass.
methods.recommend = blame(function(self, asked)
  check("recommend", asked, WANTED)
  if not URGENCIES[asked.urgency or "normal"] then misuse("recommend: urgency is normal, urgent or patient") end
  local symbol = symbol_of(self, asked.product)
  if not symbol then return nil, fault("no_policy", "no policy is defined for the product", asked.product) end
  local advice = recommender.draft(asked, symbol)
  local ok, err = methods.validate(self, question_of(asked, advice))
  if ok then return advice end
  local plain = { type = "limit", time_in_force = "gtc", post_only = symbol.requires_post_only == true,
    reduce_only = advice.reduce_only, slice = advice.slice, why = { err.message }, fallback = err.code }
  if methods.validate(self, question_of(asked, plain)) then return plain end
  return nil, err
end)

-- Lets through what was gated; an engine that was made before keeps what it had. → whether anything was.
function methods.enable_gtd(self)
  local own, changed = inside[self], false
  for _, capability in ipairs(own.read.capabilities) do
    if capability.support == "gated" then capability.support, changed = "supported", true end
  end
  if changed then own.core = order_policy_c.new(own.read) end
  return changed
end

-- The policy of a product with all defaults, or nil.
function methods.of(self, product)
  local symbol, out = symbol_of(self, product), {}
  for name, value in pairs(symbol or {}) do out[name] = value end
  return symbol and out
end

function methods.core(self) return inside[self].core end
function methods.name(self) return inside[self].name end
function methods.digest(self) return inside[self].digest end

-- What it says, in one order, so that the same policy has the same digest wherever it stands.
local function print_of(read)
  local out = { tostring(read.paper) }
  for _, list in ipairs { read.symbols, read.capabilities } do
    for _, entry in ipairs(list) do
      for _, key in ipairs(lists.sorted_keys(entry)) do out[#out + 1] = key .. "=" .. tostring(entry[key]) end
    end
  end
  return digest.sha256(table.concat(out, "\n"))
end

local function make(data, name)
  local read, problems = definition.read(data)
  if problems[1] then
    local err = fault("bad_policy", table.concat(problems, "\n"), name)
    err.problems = problems
    return nil, err
  end
  local self = setmetatable({}, metatable)
  inside[self] = { core = order_policy_c.new(read), read = read, name = name, digest = print_of(read) }
  return self
end

-- A chunk that loops for ever would hold up the start.
local function run(chunk)
  local thread = coroutine.create(chunk)
  debug.sethook(thread, function() error("it does not end", 0) end, "", 1000000)
  return coroutine.resume(thread)
end

-- order_policy.load(path) → the policy of a file, which is data alone: it sees no globals; nil and what is wrong.
order_policy.load = blame(function(path)
  if type(path) ~= "string" then misuse("load: a path is wanted, not %s", type(path)) end
  local text, message = files.read(path, MOST)
  if not text then return nil, fault("bad_policy", message, path) end
  return order_policy.of_source { path = path, text = text }
end)

-- The same of a text; order_policy.source(policy) gives it back (nil: it was made of a table).
function order_policy.of_source(source)
  local path, text = source.path, source.text
  local chunk, wrong = load(text, "@" .. path, "t", {})
  if not chunk then return nil, fault("bad_policy", wrong, path) end
  local ok, data = run(chunk)
  if not ok then return nil, fault("bad_policy", "a policy is data only: " .. tostring(data), path) end
  local made, err = make(data, path:match "([^/]*)%.lua$" or path)
  if made then inside[made].source = source end
  return made, err
end

function order_policy.source(policy) return inside[policy].source end

-- order_policy.new(table) → a policy that is made here.
order_policy.new = blame(function(data) return make(data, "of a table") end)

-- The one that came with Neap: config/order_policy/standard.lua.
function order_policy.standard() return assert(order_policy.load(home.root .. "/config/order_policy/standard.lua")) end

-- The same of the standard policy, for the REPL.
order_policy.recommend = blame(function(asked) return methods.recommend(order_policy.standard(), asked) end)
order_policy.validate = blame(function(asked) return methods.validate(order_policy.standard(), asked) end)

-- A limiter of its own, for whoever sends without a session: limiter:ask, limiter:take.
function order_policy.rate_limiter(window) return rate.new(window or MINUTE) end

function order_policy.is(value) return inside[value] ~= nil end

return order_policy
