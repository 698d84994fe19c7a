-- SPDX-License-Identifier: MIT
-- neap engine: which engine serves what, and why; neap engine shadow: what the other one would have done.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local engine = {
  summary = "Says which engine serves which order, why, and how to go back; shadow compares the two.",
  usage = "neap engine [SESSION] [--profile NAME] [--product ID] | neap engine shadow|rollout [SESSION]",
  doc = "Of a session (default: the only one that runs, else the latest), or with --profile of a profile.\n" ..
    "shadow reads what was recorded while enable_shadow_engine was on. rollout says which stage of\n" ..
    "config/rollout.lua is in force and whether the next may start: exit code 0 go, 3 wait, 1 back.",
  configures = true,
  arguments = { { "word", optional = true, doc = "SESSION, or shadow, rollout" }, { "session", optional = true } },
  flags = {
    { "product", value = "ID", doc = "only this one" },
    { "auto", doc = "rollout: takes the step that it proposes" },
    { "plan", value = "FILE", doc = "rollout: stages and gate" },
    { "why", value = "TEXT", doc = "rollout --auto: is recorded" },
    sessions.flag,
  },
}

local FLAGS = { "enable_dynamic_position_sizing", "enable_market_impact_guard" }
local POLICY = "config/engine_policy.lua"

-- Orders that a policy is asked about; what else it goes by, it says itself in its reason.
local ASKED = {
  { name = "entry", order = { side = "buy", type = "market", quantity = 1 } },
  { name = "limit entry", order = { side = "buy", type = "limit", quantity = 1, limit = 1 } },
  { name = "exit", order = { side = "sell", type = "market", quantity = 1, reduce_only = true }, is_exit = true },
}

local function open_policy(at)
  local policy = require "neap.policy"
  if at.engine then return policy.fixed(at.engine) end
  local home = require "neap.base.home"
  return policy.open(home.root .. "/" .. POLICY, { lua_root = home.lua })
end

local function ask(policy, limits, product)
  local rows = {}
  for i, asked in ipairs(ASKED) do
    local name, reason = policy:choose(product, asked.order, { limits = limits, is_exit = asked.is_exit })
    rows[i] = { product = product.id, order = asked.name, engine = name or "refused", reason = name and reason or
      reason.message }
  end
  return rows
end

-- The products that a session began with.
local function products_of(path)
  local rows = path and require("neap.event_store").events(path, { type = "session_started", limit = 1 })
  local row = rows and rows:next()
  if rows then rows:close() end
  return row and type(row.body) == "table" and row.body.products or {}
end

local function choose_products(at, given)
  local all, chosen, ids = products_of(at.session and at.session .. "/events.db"), {}, {}
  for _, product in ipairs(all) do
    ids[#ids + 1] = product.id
    if not given.product or product.id == given.product then
      chosen[#chosen + 1] = { id = product.id, kind = product.kind }
    end
  end
  if #chosen > 0 then return chosen end
  if not at.session then return { { id = given.product or "BTC-USD" } } end
  return nil, output.error("no_such_product", ("the session has no product %s; it has %s"):format(given.product or "",
    #ids > 0 and table.concat(ids, ", ") or "none"))
end

local function flags_of(loaded)
  local rows = {}
  for i, name in ipairs(FLAGS) do
    rows[i] = { name = name, value = tostring(loaded.limits[name]), source = loaded.sources[name] }
  end
  return rows
end

-- The command that puts `live` back; nil: it serves already.
local function way_back(at, loaded, name)
  if name ~= "advanced" or at.engine then return nil end
  local words = {}
  for _, flag in ipairs(FLAGS) do
    if loaded.limits[flag] then words[#words + 1] = flag .. "=false" end
  end
  local where = at.session and "--session " .. (at.named or at.session:match "[^/]*$") or "--profile " .. at.profile
  return ("neap config set %s %s --why '...'"):format(table.concat(words, " "), where)
end

local function describe(at, given)
  local loaded, err = require("neap.config").load(at.options)
  if not loaded then return nil, err end
  local products, policy
  products, err = choose_products(at, given)
  if not products then return nil, err end
  policy, err = open_policy(at)
  if not policy then return nil, err end
  local told = { profile = loaded.profile, risk_file = loaded.risk_file, flags = flags_of(loaded), orders = {},
    session = at.session and at.session:match "[^/]*$", policy = at.engine and "--engine " .. at.engine or POLICY,
    shadow = loaded.limits.enable_shadow_engine, share = tostring(loaded.limits.advanced_share),
    products = loaded.limits.advanced_products }
  for _, product in ipairs(products) do
    table.move(ask(policy, loaded.limits, product), 1, #ASKED, #told.orders + 1, told.orders)
  end
  policy:close()
  told.engine, told.reason = told.orders[1].engine, told.orders[1].reason
  told.way_back = way_back(at, loaded, told.engine)
  return told
end

local function print_told(told)
  local function line(name, text) output.write(("%-11s"):format(name), output.clean(text), "\n") end
  line("engine", ("%s: %s"):format(told.engine, told.reason))
  line(told.session and "session" or "profile", told.session and ("%s, profile %s"):format(told.session, told.profile)
    or told.profile)
  line("risk file", told.risk_file or "none")
  line("policy", told.policy)
  for _, flag in ipairs(told.flags) do
    line("flag", ("%s = %s   (%s)"):format(flag.name, flag.value, flag.source))
  end
  if told.share ~= "1" or told.products then
    line("rollout", ("%s of the orders may go by advanced, of %s; the rest go by live"):format(told.share,
      told.products or "every product"))
  end
  line("shadow", told.shadow and "on: the other engine decides, too (neap engine shadow)" or "off")
  output.print_columns({ { "product" }, { "order" }, { "engine" }, { "reason" } }, told.orders)
  if told.way_back then line("to go back", told.way_back) end
end

local function tell(at, given)
  local told, err = describe(at, given)
  if not told then return require("neap.cli.config").fail(err, given) end
  if given.json then
    told.schema = "neap.engine/1"
    output.json(told)
  else
    print_told(told)
  end
  return output.OK
end

-- A SESSION where one is meant or there is one; else the profile.
local function find(given)
  local wanted = { session = given.word, sessions = given.sessions, profile = given.profile, set = given.set }
  if not wanted.session and not given.profile then
    local path = sessions.find(nil, given.sessions)
    wanted.session = path and path:match "^(.*)/events%.db$"
  end
  return require("neap.cli.config_place").find(wanted)
end

function engine.run(args)
  local given, err = flags.parse(engine, args)
  if not given then return output.fail(err, args, output.USAGE) end
  if given.word == "shadow" or given.word == "rollout" then
    return require("neap.cli.engine_" .. given.word)(given, args)
  end
  if given.auto or given.plan or given.why then
    return output.fail(output.error("usage", "engine: --auto, --plan and --why go with rollout"), args, output.USAGE)
  end
  if given.session then
    return output.fail(output.error("usage", ("engine: '%s' is one word too many"):format(given.session)), args,
      output.USAGE)
  end
  local at
  at, err = find(given)
  if not at then return require("neap.cli.config").fail(err, given) end
  at.named = given.word
  return tell(at, given)
end

return engine
