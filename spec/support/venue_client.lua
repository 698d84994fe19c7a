-- SPDX-License-Identifier: MIT
-- A client of a neap.venue: asks as one key, reads the JSON of the answers.
local json = require "neap.json"

local venue_client = {}
venue_client.__index = venue_client

-- of: the key's options ({ name = }), or a key's number.
function venue_client.new(venue, of)
  local key = type(of) == "table" and assert(venue:add_key(of)) or of
  return setmetatable({ venue = venue, key = key }, venue_client)
end

local function full(path) return path:match "^/v2/" and path or "/api/v3/brokerage" .. path end

-- Status and the answer's tree, or its text where it is no JSON. body: a table; nil: none.
function venue_client:ask(method, path, body, now)
  local bare, query = path:match "^([^?]*)%??(.*)$"
  local status, text = self.venue:request { method = method, path = full(bare), query = query, key = self.key,
    body = body and json.encode(body) or "", now = now }
  local tree = json.decode(text, { numbers = "float" })
  return status, tree == nil and text or tree
end

-- The tree of an answer 200; raises for any other.
local function must(self, method, path, body)
  local status, tree = self:ask(method, path, body)
  if status ~= 200 then
    local told = type(tree) == "string" and tree or json.encode(tree)
    error(("%s %s: %d %s"):format(method, path, status, told), 3)
  end
  return tree
end

function venue_client:get(path) return must(self, "GET", path) end
function venue_client:post(path, body) return must(self, "POST", path, body or {}) end
function venue_client:put(path, body) return must(self, "PUT", path, body or {}) end
function venue_client:delete(path) return must(self, "DELETE", path) end

-- What the key's portfolio has of a currency: available and held, as text; "0" where it has no wallet.
function venue_client:balance(currency)
  for _, account in ipairs(self:get("/accounts?limit=250").accounts) do
    if account.currency == currency then return account.available_balance.value, account.hold.value end
  end
  return "0", "0"
end

return venue_client
