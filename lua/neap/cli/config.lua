-- SPDX-License-Identifier: MIT
-- neap config: what is in force and why, and an operator's changes to it. What each word does is in
-- neap.cli.config_read, _write and _inventory.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local place = require "neap.cli.config_place"
local sessions = require "neap.cli.sessions"
local verb_words = require "neap.cli.verb_words"

local config = {
  summary = "Shows, checks and changes the configuration, and says where each value comes from.",
  usage = "neap config check|show|explain KEY|diff [A] [B]|inventory|set K=V|unset K|reload|history|rollback",
  doc = "Of the profile (default backtest), or with --session of a session that lies in a directory. set and " ..
    "rollback add overrides,\nthe strongest layer, kept until unset. A and B of diff: a number of history, a " ..
    "profile, or now.",
  configures = true,
  arguments = { { "word", doc = "check, show …" }, { "rest", many = true, optional = true } },
  flags = {
    { "session", value = "SESSION", doc = "the configuration of this session" },
    { "to", value = "N", kind = "integer", min = 1, doc = "rollback: to this number of history" },
    { "why", value = "TEXT", doc = "set, unset, rollback: is recorded" },
    { "strict", doc = "check, inventory: exit code 1 for what is only doubtful, too" },
    { "markdown", doc = "show: the fields as a page, as in config/risk/README.md" },
    sessions.flag,
  },
}

-- How many words come after it, at the least and at the most; and which file does it.
local WORDS = {
  check = { 0, 0, "read" }, show = { 0, 0, "read" }, explain = { 1, 1, "read" }, diff = { 0, 2, "read" },
  history = { 0, 0, "read" }, inventory = { 0, 0, "inventory" }, set = { 1, 64, "write" }, unset = { 1, 1, "write" },
  reload = { 0, 0, "write" }, rollback = { 0, 0, "write" },
}

local FLAGS = { to = { rollback = true }, strict = { check = true, inventory = true }, markdown = { show = true },
  why = { set = true, unset = true, rollback = true, reload = true } }

local CODES = { usage = output.USAGE, unknown_field = output.USAGE, bad_setting = output.USAGE,
  locked = output.REFUSED, no_such_session = output.NO_SESSION, no_such_store = output.NO_SESSION }

-- Tells a fault; all problems of a configuration, each on its line.
function config.fail(err, given)
  local code = CODES[err.code] or output.FAILED
  if not err.problems or #err.problems < 2 then return output.fail(err, given.json == true, code) end
  if given.json then
    output.json { schema = "neap.error/1",
      error = { code = err.code, message = err.message, problems = err.problems } }
  end
  for _, line in ipairs(err.problems) do io.stderr:write("neap: ", output.clean(line), "\n") end
  return code
end

function config.run(args)
  local given, err = flags.parse(config, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local rule
  rule, err = verb_words({ name = "config", usage = config.usage, words = WORDS, flags = FLAGS }, given)
  if not rule then return output.fail(err, args, output.USAGE) end
  local at
  at, err = place.find(given)
  if not at then return config.fail(err, given) end
  return require("neap.cli.config_" .. rule[3])[given.word](at, given, config)
end

return config
