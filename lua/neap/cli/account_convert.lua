-- SPDX-License-Identifier: MIT
-- neap account convert FROM:TO AMOUNT: the venue's quote, then its commit.
local confirm = require "neap.cli.confirm"
local desks = require "neap.cli.venue_desk"
local output = require "neap.cli.output"
local words = require "neap.cli.account_words"

local convert = {}

function convert.check(given)
  local from, to, amount, err
  from, to = words.pair("account convert", given.rest[1], "FROM:TO, such as USD:USDC")
  if not from then return nil, to end
  from, err = words.currency("account convert", from)
  if not from then return nil, err end
  to, err = words.currency("account convert", to)
  if not to then return nil, err end
  if from == to then return words.wrong("account convert: from and to are both %s", from) end
  amount, err = words.amount("account convert", given.rest[2])
  if not amount then return nil, err end
  local ok
  ok, err = confirm.check(given, "account convert")
  return ok and { from = from, to = to, amount = amount }, err
end

local function ends(asked, id) return { trade_id = id, from_account = asked.from, to_account = asked.to } end

local function told_of(asked, trade)
  local fee = type(trade.total_fee) == "table" and trade.total_fee.amount
  return { trade = { id = trade.id, status = trade.status, from = asked.from, to = asked.to, amount = asked.amount,
    total = desks.amount(trade.total), rate = desks.amount(trade.exchange_rate), fee = desks.amount(fee),
    fee_currency = fee and fee.currency } }
end

local function quote(desk, asked)
  local body = ends(asked)
  body.amount = asked.amount
  local answer, err = desk:read("convert_quote", body) -- it moves nothing
  if not answer then return nil, err end
  if not desks.text(desks.table(answer.trade).id) then
    return desks.fail("bad_answer", "the venue's quote has no id")
  end
  return told_of(asked, answer.trade)
end

local function print_quote(desk, trade)
  local function line(name, text) output.write(("%-8s "):format(name), output.clean(text), "\n") end
  line("convert", ("%s %s to %s   (%s)"):format(trade.amount, trade.from, trade.to, desk:title()))
  line("gets", ("%s %s"):format(trade.total or "?", trade.to))
  line("rate", trade.rate or "?")
  line("fee", ("%s %s"):format(trade.fee or "0", trade.fee_currency or trade.from))
  line("trade", trade.id)
end

-- The commit's answer was lost: what the venue says of the trade now goes into the message, the doubt stays.
local function tell_doubt(desk, asked, id, err)
  local answer = desk:read("convert_trade", ends(asked, id))
  local says = answer and desks.text(desks.table(answer.trade).status)
  err.code = "in_doubt"
  err.message = ("the answer to the commit of trade %s was lost (%s); %s"):format(id, err.message,
    says and "asked again, the venue says " .. says or "the venue does not say what became of it")
  err.where = id
  return nil, err
end

local function commit(desk, asked, id)
  local answer, err = desk:change("commit_convert", ends(asked, id))
  if answer then return told_of(asked, desks.table(answer.trade)) end
  if err.exit == output.IN_DOUBT then return tell_doubt(desk, asked, id, err) end
  return nil, err
end

function convert.run(desk, asked, given)
  local told, err = quote(desk, asked)
  if not told then return nil, err end
  local trade = told.trade
  if not given.json then print_quote(desk, trade) end
  told.committed = false
  if given.dry_run then return told end
  local yes
  yes, err = confirm.ask(given, ("convert %s %s?"):format(asked.amount, asked.from))
  if not yes then return nil, err end
  told, err = commit(desk, asked, trade.id)
  if not told then return nil, err end
  told.committed, told.trade.id = true, trade.id
  if not given.json then output.write("done     ", told.trade.status or "", "\n") end
  return told
end

return convert
