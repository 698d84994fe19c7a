-- SPDX-License-Identifier: MIT
-- What a report tells, read from a store: what the session is, what it was refused, what its guards did; its books and
-- prices come from neap.report_c.
local clock = require "neap.clock"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local lists = require "neap.base.lists"
local panel = require "neap.report.panel"

local story = {}

local EXAMPLES = 3 -- orders of each reason
local NOTABLE_MOST = 200
local SECOND = 1000000000

-- Events that a person is told of, one by one.
local NOTABLE = {
  "mode_changed", "guard_tripped", "guard_cleared", "circuit_breaker_tripped", "liquidation", "strategy_quarantined",
  "callback_failed", "policy_failed", "configuration_changed", "flatten_requested", "session_resumed", "session_forked",
  "session_failed", "dead_man", "watcher_lost",
}

-- Calls visit(row) for each row of a filter; true, or nil and a fault.
local function each(path, filter, visit)
  local rows <close>, err = event_store.events(path, filter)
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  while row do
    visit(row)
    row, err = rows:next()
  end
  if err then return nil, err end
  return true
end

local function first(path, filter)
  local found
  filter.limit = 1
  local ok, err = each(path, filter, function(row) found = row end)
  if not ok then return nil, err end
  return found
end

local function names_of(body)
  return body.strategies and lists.field(body.strategies, "name") or { body.strategy }
end

-- The operator's seat has no script.
local function count_scripts(body)
  local count = 0
  for _, entry in ipairs(body.strategies or { { digest = body.strategy_digest } }) do
    if entry.digest ~= "" then count = count + 1 end
  end
  return count
end

local function read_begin(told)
  local row, err = first(told.path, {})
  if not row then return nil, err or fault("no_events", "there is no event to report on", told.path) end
  if row.type ~= "session_started" and row.type ~= "state_snapshot" then
    return nil, fault("no_session", "the store is no session's: it begins with " .. row.type, told.path)
  end
  local body = row.body
  told.started, told.begun, told.is_trimmed = body, row.ts_ns, row.type == "state_snapshot"
  told.session, told.mode, told.currency, told.version = body.session, body.mode, body.currency, body.version
  told.strategies, told.products = names_of(body), body.products
  told.params, told.has_one_script = body.params or {}, count_scripts(body) <= 1
  return true
end

-- Of several strategies those that were given a seat anew say their parameters, by name.
local function params_of(told, body)
  if told.has_one_script then return body.params or told.params end
  local made = {}
  for _, params in ipairs { told.params, body.params or {} } do
    for name, own in pairs(params) do made[name] = own end
  end
  return made
end

-- A fork is what it says as it leaves the session that it comes of; of a fork's fork the last word counts, and what was
-- given before and not taken back.
local function read_fork(told)
  return each(told.path, { type = "session_forked" }, function(row)
    local body = row.body
    told.fork = { seq = row.seq, time = row.ts_ns, session = body.session, event = body.event, left = told.mode,
      of = told.fork }
    told.mode, told.strategies = body.mode, names_of(body)
    told.params = params_of(told, body)
  end)
end

local function read_end(told)
  local last, err = first(told.path, { newest_first = true })
  if not last then return nil, err end
  told.ended = last.ts_ns
  local stopped = first(told.path, { type = "session_stopped", newest_first = true })
  told.stop = stopped and stopped.seq >= last.seq - 1 and stopped.body or nil
  told.failure = last.type == "session_failed" and last.body or nil
  return true
end

-- The picture shows the session's own life; bars before it were its history.
local function read_span(told)
  told.data, told.start, told.stop_at = {}, told.begun, math.max(told.ended, told.begun + SECOND)
  local ok, err = each(told.path, { type = "data_read" }, function(row)
    row.body.first, row.body.last = clock.parse(row.body.first), clock.parse(row.body.last)
    told.data[row.product] = row.body
  end)
  if not ok then return nil, err end
  for _, product in ipairs(told.products) do
    local data = told.data[product.id]
    if data then data.frame = product.frame and clock.parse_duration(product.frame) or 0 end
  end
  return true
end

local function add_rejection(told, row)
  local code = row.body.code or "unknown"
  local group = told.by_code[code] or { code = code, count = 0, examples = {} }
  if group.count == 0 then
    told.by_code[code] = group
    told.rejections[#told.rejections + 1] = group
  end
  group.count = group.count + 1
  if #group.examples < EXAMPLES then
    group.examples[#group.examples + 1] = { id = row.client_order_id, product = row.product, time = row.ts_ns,
      message = row.body.message }
  end
end

-- An example's intent and the check that refused it.
local function complete(told, example)
  return each(told.path, { order = example.id }, function(row)
    if row.type == "order_intent" then example.intent, example.number = row.body, row.body.number end
    if row.type == "decision" then example.reason, example.engine = row.body.reason, row.body.engine end
  end)
end

local function read_rejections(told)
  told.rejections, told.by_code = {}, {}
  local ok, err = each(told.path, { type = "order_rejected" }, function(row) add_rejection(told, row) end)
  if not ok then return nil, err end
  table.sort(told.rejections, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    return a.code < b.code
  end)
  for _, group in ipairs(told.rejections) do
    for _, example in ipairs(group.examples) do
      ok, err = complete(told, example)
      if not ok then return nil, err end
    end
  end
  return true
end

local ENGINES = { live = true, advanced = true }

-- Which engine served how many orders, and the reason it gave first.
local function read_engines(told)
  told.engines = {}
  local by_name = {}
  return each(told.path, { type = "decision" }, function(row)
    local name = row.body.engine
    if not ENGINES[name] then return end -- what refuses before an engine is asked signs by its own name
    if not by_name[name] then
      by_name[name] = { name = name, reason = row.body.engine_reason, orders = 0 }
      told.engines[#told.engines + 1] = by_name[name]
    end
    by_name[name].orders = by_name[name].orders + 1
  end)
end

local function read_notable(told)
  told.notable, told.notable_count = {}, 0
  for _, kind in ipairs(NOTABLE) do
    local ok, err = each(told.path, { type = kind }, function(row)
      told.notable_count = told.notable_count + 1
      told.notable[#told.notable + 1] = { seq = row.seq, time = row.ts_ns, type = row.type, body = row.body,
        product = row.product }
    end)
    if not ok then return nil, err end
  end
  table.sort(told.notable, function(a, b) return a.seq < b.seq end)
  for i = #told.notable, NOTABLE_MOST + 1, -1 do told.notable[i] = nil end
  return true
end

-- A path or a list of bars for each product, false where none was given.
local function order_sources(told, sources)
  local list, known = {}, {}
  for i, product in ipairs(told.products) do
    list[i], known[i] = sources[product.id] or false, product.id
  end
  for _, id in ipairs(lists.sorted_keys(sources)) do
    if not lists.has(known, id) then
      return nil, fault("product_unknown", ("the session does not trade %s; it trades %s"):format(id,
        table.concat(known, ", ")))
    end
  end
  return list
end

local function retrace(told, sources)
  local list, err = order_sources(told, sources)
  if not list then return nil, err end
  told.sources = list
  told.books, err = require("neap.report_c").retrace { path = told.path, start = told.start, stop = told.stop_at,
    columns = panel.WIDTH, sources = list }
  if not told.books then return nil, err end
  return true
end

-- Other bars than the run's would draw another equity: the last figure says so.
local function check_data(told)
  local has_data = false
  for _, source in ipairs(told.sources) do has_data = has_data or source ~= false end
  told.has_data = has_data
  if not has_data or not told.stop or told.stop.equity == tostring(told.books.final_equity) then return true end
  return nil, fault("data_differs", ("these are not the bars that the session saw: with them its equity ends at %s, "
    .. "and it ended at %s"):format(told.books.final_equity, told.stop.equity))
end

local function read_chain(told)
  local report, err = event_store.verify(told.path)
  if not report then return nil, err end
  told.head, told.events, told.first_seq = report.head, report.events, report.first_seq
  return true
end

-- path: of the events; sources: by product a file of bars or a list of them (may be empty). → told; nil and a fault.
function story.read(path, sources)
  local told = { path = path }
  for _, step in ipairs { read_chain, read_begin, read_fork, read_end, read_span, read_rejections, read_engines,
    read_notable } do
    local ok, err = step(told)
    if not ok then return nil, err end
  end
  local ok, err = retrace(told, sources)
  if ok then ok, err = check_data(told) end
  return ok and told, err
end

return story
