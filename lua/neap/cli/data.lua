-- SPDX-License-Identifier: MIT
-- neap data: files of candles and trades. Of its words this version has fetch, which is in neap.cli.data_fetch.
local flags = require "neap.cli.flags"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"
local venue_flags = require "neap.cli.venue_flags"

local data = {
  summary = "Fetches candles or trades of the venue into a file that backtest --data reads.",
  usage = "neap data fetch --product P --bars 1m|--trades --from TIME [--to TIME] [--out FILE]",
  doc = "What is not finished lies in FILE.part; the same command goes on from there, and so does a later one from\n" ..
    "the end of FILE. Bars of 1m 5m 15m 30m 1h 2h 4h 6h 1d. No key is needed.",
  arguments = { { "word", doc = "fetch" } },
  flags = venue_flags.add {
    { "product", value = "P", doc = "BTC-USD" },
    { "bars", value = "FRAME", doc = "candles of this length" },
    { "trades", doc = "the market's trades" },
    { "from", value = "TIME", doc = "the first; left out, the file's own" },
    { "to", value = "TIME", doc = "behind the last; default what is over by now" },
    { "out", value = "FILE", doc = "default PRODUCT_FRAME.csv or PRODUCT_trades.csv" },
  },
}

local LATER = { "import", "list", "check", "export" }

local function check_word(word)
  if word == "fetch" then return true end
  for _, later in ipairs(LATER) do
    if word == later then
      return nil, output.error("not_in_this_version", ("data %s: not in this version"):format(word))
    end
  end
  return nil, output.error("usage", ("data: '%s' is none of fetch, %s"):format(word, table.concat(LATER, ", ")), nil,
    nearest(word, { "fetch", table.unpack(LATER) }))
end

function data.run(args)
  local given, err = flags.parse(data, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local ok
  ok, err = check_word(given.word)
  if not ok then return output.fail(err, args, output.USAGE) end
  local asked, told
  local fetch = require "neap.cli.data_fetch"
  asked, err = fetch.check(given)
  if not asked then return output.fail(err, args, output.USAGE) end
  told, err = fetch.run(asked, given)
  if not told then return output.fail(err, given.json == true, err.exit) end
  return output.OK
end

return data
