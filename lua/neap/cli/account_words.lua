-- SPDX-License-Identifier: MIT
-- The words of neap account that several of them read: amounts, currencies, pairs.
local decimal = require "neap.decimal"
local output = require "neap.cli.output"

local words = {}

function words.wrong(message, ...) return nil, output.error("usage", message:format(...)) end

-- "1.50" → "1.5"; over zero, without an exponent.
function words.amount(what, text)
  local value = text:match "^%d+%.?%d*$" and decimal.parse((text:gsub("%.$", "")))
  if not value then return words.wrong("%s: '%s' is not an amount: digits and a point", what, text) end
  if value:is_zero() then return words.wrong("%s: an amount over zero is meant", what) end
  return tostring(value)
end

function words.currency(what, text)
  if not text:match "^%w[%w]?[%w]?[%w]?[%w]?[%w]?[%w]?[%w]?[%w]?[%w]?$" then
    return words.wrong("%s: '%s' is no currency, such as USD", what, text)
  end
  return text:upper()
end

-- "A:B" → A, B.
function words.pair(what, text, form)
  local from, to = text:match "^([^:]+):([^:]+)$"
  if not from then return words.wrong("%s: '%s' is not %s", what, text, form) end
  if from == to then return words.wrong("%s: from and to are both %s", what, from) end
  return from, to
end

return words
