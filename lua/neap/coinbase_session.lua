-- SPDX-License-Identifier: MIT
-- What a session at Coinbase hears and sends through: the venue's products, its feed, and, where orders are in earnest,
-- its orders and the account.
local blame = require "neap.base.blame"
local core = require "neap.base.net" "coinbase_session"
local fault = require "neap.base.fault"
local json = require "neap.json"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local recording = require "neap.session.recording"
local run_core = require "neap.run_c"
local slip = require "neap.base.slip"

local coinbase_session = {}

local SECOND = 1000000000
local PATIENCE = 60 * SECOND -- for the first look at the account

local WORDS = { client = true, loop = true, products = true, stream = true, user_stream = true, ca = true,
  orders = true, since = true, grace = true, poll = true, account_every = true, start = true, at = true, speed = true }

local function misuse(message, ...) error(message:format(...), 0) end

local function unknown(client, id)
  local answer = client:public_products {}
  local ids = lists.field(answer and answer.products or {}, "product_id")
  return fault("unknown_product", ("the venue has no product '%s'"):format(id), nil, nearest(id, ids))
end

-- The venue's products of those ids, in order, and the text that they were read from; or nil and a fault.
function coinbase_session.products(client, ids)
  local rows = {}
  for i, id in ipairs(ids) do
    local row, err = client:public_product { product_id = id }
    if not row and err.code == "not_found" then return nil, unknown(client, id) end
    if not row then return nil, err end
    if row.product_id ~= id then
      return nil, fault("bad_answer", ("asked for %s the venue tells %s"):format(id, tostring(row.product_id)))
    end
    rows[i] = row
  end
  local text = json.encode { products = rows }
  local products, err = require("neap.product").parse_venue(text)
  return products, products and text or err
end

-- Turns the loop until the account is known.
local function wait(self, loop)
  local deadline, trouble = run_core.now() + PATIENCE, nil
  while run_core.now() < deadline do
    local ready, err = self.core:ready()
    if ready then return true end
    if ready == nil then return nil, err end
    trouble = err
    loop:turn(math.min(self.core:next(), run_core.now() + SECOND))
    recording.note(loop, "venue", "tick")
    self.core:tick()
  end
  local late = fault("unreachable", "the venue did not tell the account within a minute" ..
    (trouble and (": %s"):format(trouble.message) or ""), trouble and trouble.where)
  late.outcome = "unreached"
  return nil, late
end

local methods = {}

function methods:close()
  if self.core then self.core:close() end
  self.core = false
end

local shape = { __index = methods, __close = methods.close, __gc = methods.close }

-- When the venue was last heard of, ns of neap.run_c's now: of the market; of the account, by its stream or an answer.
function methods:heard() return self.core:heard() end

-- What neap.session's option `outside` takes. bars: ns of a bar; history: bars that are shown first.
function methods:outside(bars, history)
  return { products = self.products, loop = self.loop,
    core = { pointer = self.core:pointer(), bars = bars, history = history, owner = self, start = self.start,
      at = self.at, speed = self.speed } }
end

-- coinbase_session.open{ client = neap.coinbase's, loop = its loop, products = ids, stream =, user_stream =, ca =,
-- orders = in earnest, since = ns, … } → { products =, outside() }, or nil and a fault.
coinbase_session.open = blame(function(options)
  if type(options) ~= "table" then misuse("open: a table is wanted, not %s", type(options)) end
  local wrong = slip(options, WORDS, "option")
  if wrong then misuse("open: %s", wrong) end
  if type(options.products) ~= "table" or #options.products == 0 then misuse "open: products is a list of ids" end
  local products, text = coinbase_session.products(options.client, options.products)
  if not products then return nil, text end
  local own = {}
  for _, word in ipairs(lists.sorted_keys(WORDS)) do
    if not lists.has({ "client", "loop", "products" }, word) then own[word] = options[word] end
  end
  recording.note(options.loop, "venue", "open", own, text)
  own.products = products
  local made, err = core.open(options.client, own)
  if not made then return nil, err end
  local self = setmetatable({ core = made, products = products, loop = options.loop, start = options.start,
    at = options.at, speed = options.speed }, shape)
  local ok
  ok, err = wait(self, options.loop)
  if ok then return self end
  self:close()
  return nil, err
end)

return coinbase_session
