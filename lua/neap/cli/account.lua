-- SPDX-License-Identifier: MIT
-- neap account: the account at the venue, read and changed by hand. What a word does is in neap.cli.account_<word>:
-- check(given) → what is asked for, before anything is sent; run(desk, asked, given) → a document.
local confirm = require "neap.cli.confirm"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local venue_flags = require "neap.cli.venue_flags"
local verb_words = require "neap.cli.verb_words"

local account = {
  summary = "Shows the account at the venue, and changes it by hand.",
  usage = "neap account show|fees|convert FROM:TO AMOUNT|move FROM:TO AMOUNT CURRENCY|preview|edit ORDER [--flags]",
  doc = "convert and move print what they will do, edit what the venue says of it; then they ask, or go on with\n" ..
    "--yes. move takes portfolios by name or id. preview says what an order would do, and places none. ORDER is\n" ..
    "the venue's id, or the id that its client gave it.",
  arguments = { { "word", doc = "show, fees …" }, { "rest", many = true, optional = true } },
  flags = venue_flags.add {
    { "product", value = "P", doc = "preview: BTC-USD" },
    { "side", value = "SIDE", choices = { "buy", "sell" }, doc = "preview" },
    { "type", value = "TYPE", choices = { "market", "limit", "stop_limit", "bracket" }, doc = "preview" },
    { "quantity", value = "N", doc = "preview, edit: the whole order's, in base" },
    { "notional", value = "N", doc = "preview: in quote" },
    { "limit", value = "PRICE", doc = "preview, edit: of a bracket its target" },
    { "stop", value = "PRICE", doc = "preview, edit" },
    { "tif", value = "TIF", choices = { "gtc", "gtd", "ioc", "fok" },
      doc = "preview: default gtc, of a market order ioc" },
    { "good-till", value = "TIME", doc = "preview: of --tif gtd" },
    { "post-only", doc = "preview" },
    { "leverage", value = "N", doc = "preview: of a derivative" },
    { "margin", value = "TYPE", choices = { "cross", "isolated" }, doc = "preview: of a derivative" },
    { "dry-run", doc = "convert, move, edit: prints what would be done, and does nothing" },
    confirm.flag,
  },
}

-- How many words come after it, at the least and at the most.
local WORDS = { show = { 0, 0 }, fees = { 0, 0 }, convert = { 2, 2 }, move = { 3, 3 }, preview = { 0, 0 },
  edit = { 1, 1 } }

local ORDER = { preview = true }
local FLAGS = { product = ORDER, side = ORDER, type = ORDER, notional = ORDER, tif = ORDER, good_till = ORDER,
  post_only = ORDER, leverage = ORDER, margin = ORDER, quantity = { preview = true, edit = true },
  limit = { preview = true, edit = true }, stop = { preview = true, edit = true },
  dry_run = { convert = true, move = true, edit = true }, yes = { convert = true, move = true, edit = true } }

local function perform(module, asked, given)
  local desk <close>, err = require("neap.cli.venue_desk").open(given, true)
  if not desk then return output.fail(err, given.json == true, err.exit) end
  local document
  document, err = module.run(desk, asked, given)
  if not document then return output.fail(err, given.json == true, err.exit) end
  if given.json then
    document.schema, document.word, document.mode, document.venue = "neap.account/1", given.word, desk.venue.mode,
      desk.venue.base
    output.json(document)
  end
  return document.would_be_taken == false and output.FAILED or output.OK
end

function account.run(args)
  local given, err = flags.parse(account, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local ok, module, asked
  ok, err = verb_words({ name = "account", usage = account.usage, words = WORDS, flags = FLAGS }, given)
  if ok then
    module = require("neap.cli.account_" .. given.word)
    asked, err = module.check(given)
  end
  if not asked then return output.fail(err, args, output.USAGE) end
  return perform(module, asked, given)
end

return account
