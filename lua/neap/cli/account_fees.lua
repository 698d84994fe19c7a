-- SPDX-License-Identifier: MIT
-- neap account fees: the tier, its rates, and the volume that made it.
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"
local output = require "neap.cli.output"

local fees = {}

function fees.check() return {} end

-- "0.006" → "60".
local function bps_of(rate)
  local value = rate and decimal.parse(rate)
  return value and tostring(value * 10000)
end

local function read(desk)
  local answer, err = desk:read "transaction_summary"
  if not answer then return nil, err end
  local tier, text = desks.table(answer.fee_tier), desks.text
  return { tier = text(tier.pricing_tier), from = text(tier.usd_from), to = text(tier.usd_to),
    maker = text(tier.maker_fee_rate), taker = text(tier.taker_fee_rate),
    maker_bps = bps_of(text(tier.maker_fee_rate)), taker_bps = bps_of(text(tier.taker_fee_rate)),
    volume = text(answer.total_volume), fees = text(answer.total_fees), balance = text(answer.total_balance) }
end

local function range_of(told)
  if not told.from then return "" end
  return told.to and ("   from %s to %s USD in 30 days"):format(told.from, told.to) or
    ("   from %s USD in 30 days"):format(told.from)
end

local function print_told(desk, told)
  local function line(name, text) output.write(("%-8s "):format(name), output.clean(text), "\n") end
  line("account", desk:title())
  line("tier", (told.tier or "unknown") .. range_of(told))
  line("maker", told.maker_bps and ("%s   %s bps"):format(told.maker, told.maker_bps) or "unknown")
  line("taker", told.taker_bps and ("%s   %s bps"):format(told.taker, told.taker_bps) or "unknown")
  line("volume", (told.volume or "0") .. " USD in 30 days")
  line("fees", (told.fees or "0") .. " USD in 30 days")
end

function fees.run(desk, _, given)
  local told, err = read(desk)
  if not told then return nil, err end
  if not given.json then print_told(desk, told) end
  return told
end

return fees
