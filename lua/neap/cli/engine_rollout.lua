-- SPDX-License-Identifier: MIT
-- neap engine rollout: in which stage a session is, what it has shown, and what the next step would be. It takes the
-- step only with --auto.
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local rollout = require "neap.rollout"
local sessions = require "neap.cli.sessions"

local CODES = { go = output.OK, done = output.OK, wait = output.REVIEW, back = output.FAILED }

local function config_of(given)
  local path, missing = sessions.find(given.session, given.sessions)
  if not path then return nil, missing end
  local at, err = require("neap.cli.config_place").find {
    session = path:match "^(.*)/events%.db$" or path, sessions = given.sessions, set = given.set }
  if not at then return nil, err end
  at.events = path
  at.loaded, err = require("neap.config").load(at.options)
  return at.loaded and at, err
end

local function words_of(values)
  local words = {}
  for _, key in ipairs(lists.sorted_keys(values or {})) do words[#words + 1] = ("%s=%s"):format(key, values[key]) end
  return words
end

local function describe(given)
  local at, err = config_of(given)
  if not at then return nil, err end
  local home = require "neap.base.home"
  local plan, found
  plan, err = rollout.open(given.plan or home.root .. "/config/rollout.lua")
  if not plan then return nil, err end
  found, err = rollout.evidence(at.events)
  if not found then return nil, err end
  local set = at.loaded.limits
  local told = { session = at.session:match "[^/]*$", stages = #plan.stages, stage = rollout.stage_of(plan, set),
    evidence = found, gate = plan.gate }
  told.name = told.stage > 0 and plan.stages[told.stage].name or "none"
  told.verdict, told.reasons = rollout.judge(plan, told.stage, found)
  told.next = words_of(rollout.step(plan, told.stage, told.verdict, set))
  return told, nil, at
end

local function print_told(told)
  local function line(name, text) output.write(("%-9s"):format(name), output.clean(text), "\n") end
  local found = told.evidence
  line("stage", ("%s   (%d of %d)"):format(told.name, told.stage, told.stages))
  line("since", ("%s, %d hours"):format(found.since, found.hours))
  line("orders", ("%d: %d asked of both engines, %d served by advanced, of which the venue refused %d"):format(
    found.orders, found.asked, found.served, found.rejected))
  line("guards", ("%d trips"):format(found.guard_trips))
  line("unknown", ("%d differences that no check explains"):format(found.unknown))
  line("verdict", ("%s: %s"):format(told.verdict:upper(), table.concat(told.reasons, "; ")))
  if told.taken then
    line("taken", ("%s: configuration %d"):format(table.concat(told.next, " "), told.taken))
  elseif #told.next > 0 then
    line("next", ("neap config set %s --session %s"):format(table.concat(told.next, " "), told.session))
  end
end

-- → the number of the configuration, or nil and a fault. A session that runs takes it at once.
local function take(at, told, given)
  local why = ("rollout: %s: %s"):format(told.verdict, table.concat(told.reasons, "; "))
  local values = {}
  for _, word in ipairs(told.next) do values[word:match "^[^=]+"] = word:match "=(.*)$" end
  local done, err = require("neap.config.operator").set(at, values, { who = require("neap.config_c").who(),
    why = given.why or why, time = os.date "!%Y-%m-%dT%H:%M:%SZ" })
  if not done then return nil, err end
  require("neap.cli.control").ask(at.session, { command = "reload" })
  return done.number
end

return function(given)
  local told, err, at = describe(given)
  if told and given.auto and #told.next > 0 then told.taken, err = take(at, told, given) end
  if not told or err then return require("neap.cli.config").fail(err, given) end
  if given.json then
    local array = require("neap.json").array
    told.schema, told.next, told.reasons = "neap.engine_rollout/1", array(told.next), array(told.reasons)
    output.json(told)
  else
    print_told(told)
  end
  return CODES[told.verdict]
end
