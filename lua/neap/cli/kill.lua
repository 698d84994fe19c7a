-- SPDX-License-Identifier: MIT
-- neap kill [SESSION]: nothing is opened any more.
return require("neap.cli.control").verb {
  name = "kill",
  summary = "Halts a running session: its entries are cancelled and refused from now on, its exits stay.",
  usage = "neap kill [SESSION] [--why TEXT] [--exits] [--all]",
  flags = { { "exits", doc = "protective exits are cancelled, too" } },
  request = function(options) return { command = "kill", why = options.why, exits = options.exits } end,
  told = function(answer, options)
    return ("%s; entries are cancelled%s"):format(answer.trading, options.exits and ", exits too" or ", exits stay")
  end,
}
