-- SPDX-License-Identifier: MIT
-- neap account move FROM_PORTFOLIO:TO_PORTFOLIO AMOUNT CURRENCY: between two portfolios of the account.
local confirm = require "neap.cli.confirm"
local desks = require "neap.cli.venue_desk"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"
local words = require "neap.cli.account_words"

local move = {}

function move.check(given)
  local from, to = words.pair("account move", given.rest[1], "FROM_PORTFOLIO:TO_PORTFOLIO")
  if not from then return nil, to end
  local amount, currency, ok, err
  amount, err = words.amount("account move", given.rest[2])
  if amount then currency, err = words.currency("account move", given.rest[3]) end
  if currency then ok, err = confirm.check(given, "account move") end
  return ok and { from = from, to = to, amount = amount, currency = currency }, err
end

-- The portfolio of that id or name; of two with one name neither is meant.
local function find(portfolios, word)
  local found, names = {}, {}
  for _, portfolio in ipairs(portfolios) do
    if portfolio.deleted ~= true then
      names[#names + 1] = portfolio.name
      if portfolio.uuid == word then return portfolio end
      if portfolio.name == word then found[#found + 1] = portfolio end
    end
  end
  if #found == 1 then return found[1] end
  if #found > 1 then
    return desks.fail("ambiguous", ("%d portfolios are named '%s': give an id"):format(#found, word))
  end
  return desks.fail("unknown_portfolio", ("there is no portfolio '%s'"):format(word), nearest(word, names))
end

-- What a portfolio has of a currency that may leave it.
local function movable(desk, portfolio, currency)
  local answer, err = desk:read("portfolio", portfolio.uuid)
  if not answer then return nil, err end
  for _, position in ipairs(desks.table(desks.table(answer.breakdown).spot_positions)) do
    if position.asset == currency then
      return desks.text(position.available_to_transfer_crypto) or desks.text(position.total_balance_crypto) or "0"
    end
  end
  return "0"
end

local function side(desk, portfolios, word, currency)
  local portfolio, available, err
  portfolio, err = find(portfolios, word)
  if portfolio then available, err = movable(desk, portfolio, currency) end
  if not available then return nil, err end
  return { name = portfolio.name, uuid = portfolio.uuid, available = available }
end

local function look(desk, asked)
  local answer, from, to, err
  answer, err = desk:read "portfolios"
  if answer then from, err = side(desk, desks.table(answer.portfolios), asked.from, asked.currency) end
  if from then to, err = side(desk, answer.portfolios, asked.to, asked.currency) end
  if not to then return nil, err end
  if from.uuid == to.uuid then return desks.fail("usage", "from and to are the same portfolio") end
  return { from = from, to = to, amount = asked.amount, currency = asked.currency, moved = false }
end

local function print_look(desk, told)
  local function line(name, text) output.write(("%-6s "):format(name), output.clean(text), "\n") end
  line("move", ("%s %s   (%s)"):format(told.amount, told.currency, desk:title()))
  line("from", ("%s  %s, has %s"):format(told.from.name, told.from.uuid, told.from.available))
  line("to", ("%s  %s, has %s"):format(told.to.name, told.to.uuid, told.to.available))
end

local function tell_doubt(desk, told, err)
  local left = movable(desk, told.from, told.currency)
  err.code = "in_doubt"
  err.message = ("the answer to the move of %s %s from %s was lost (%s); %s"):format(told.amount, told.currency,
    told.from.name, err.message, left and ("it had %s and has %s now"):format(told.from.available, left) or
    "the venue does not say what it has now")
  return nil, err
end

function move.run(desk, asked, given)
  local told, err = look(desk, asked)
  if not told then return nil, err end
  if not given.json then print_look(desk, told) end
  if given.dry_run then return told end
  local yes, answer
  yes, err = confirm.ask(given, ("move %s %s?"):format(told.amount, told.currency))
  if not yes then return nil, err end
  answer, err = desk:change("move_funds", { funds = { value = told.amount, currency = told.currency },
    source_portfolio_uuid = told.from.uuid, target_portfolio_uuid = told.to.uuid })
  if not answer and err.exit == output.IN_DOUBT then return tell_doubt(desk, told, err) end
  if not answer then return nil, err end
  told.moved = true
  if not given.json then output.write "done\n" end
  return told
end

return move
