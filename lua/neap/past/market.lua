-- SPDX-License-Identifier: MIT
-- The market that a session saw at a moment of its past: its books, its marks, what its strategies' indicators said.
local fault = require "neap.base.fault"
local records = require "neap.session.records"
local slip = require "neap.base.slip"
local standing = require "neap.past.standing"

local market = {}

local function misuse(message, ...) error(message:format(...), 0) end

local function product_of(own, product)
  local known, ids = {}, {}
  for i, facts in ipairs(own.state.products) do
    ids[i], known[facts.id] = facts.id, true
  end
  if product == nil and #ids == 1 then return ids[1] end
  if type(product) ~= "string" then misuse("book: a product is wanted: one of %s", table.concat(ids, ", ")) end
  local wrong = slip({ [product] = true }, known, "product")
  if wrong then misuse("book: %s", wrong) end
  return product
end

-- own: of a past, as standing has it.
function market.book(own, product)
  product = product_of(own, product)
  local object, kept = standing.at(own)
  if not object then return nil, kept end
  local book, err
  if kept then book = kept.books[product] else book, err = object:book(product) end
  if book or err then return kept and book:copy() or book, err end
  return nil, fault("no_book", "no book was told of " .. product, own.path)
end

function market.indicators(own)
  local object, err = standing.at(own)
  if not object then return nil, err end
  return records.mark(object:indicators(), "indicator")
end

function market.marks(own)
  local object, kept = standing.at(own)
  if not object then return nil, kept end
  return kept and kept.marks or object:get "marks"
end

return market
