-- SPDX-License-Identifier: MIT
-- neap events [SESSION].
local flags = require "neap.cli.flags"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local events = {
  summary = "Prints the events of a session.",
  usage = "neap events [SESSION] [--type T] [--product P] [--since TIME|SEQ] [--limit N] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "type", value = "T", doc = "only events of this type, as order_filled" },
    { "product", value = "P", doc = "only events of this product" },
    { "since", value = "TIME|SEQ", doc = "from this moment (ISO, UTC) or this event number on" },
    { "limit", value = "N", kind = "integer", min = 1, doc = "at most so many" },
    { "follow", later = true },
    { "out", value = "FILE", later = true },
    sessions.flag,
  },
}

-- A whole number is an event; anything else is a time.
local function read_since(filter, text)
  if text == nil then return true end
  if text:match "^%d+$" and math.tointeger(text) then
    filter.since = math.tointeger(text)
    return true
  end
  local ns, err = require("neap.clock").parse(text)
  if not ns then return nil, output.error("usage", "--since: " .. err.message, err.where, err.nearest) end
  filter.since_ns = ns
  return true
end

-- A type that no session writes may be one of a store that somebody else wrote.
local function check_type(path, given)
  local types = require "neap.session.event_types"
  if given == nil or lists.has(types, given) then return true end
  local rows <close>, err = require("neap.event_store").events(path, { type = given, limit = 1 })
  if not rows then return nil, err end
  if rows:next() then return true end
  return nil, output.error("unknown_type", ("--type: there is no event of type '%s'"):format(given), nil,
    nearest(given, types))
end

local function print_line(row)
  local order = row.client_order_id and row.client_order_id:sub(1, 8) or ""
  output.write(("%7d  %-20s  %-22s  %-10s  %-8s  %s\n"):format(row.seq, row.time, output.clean(row.type),
    output.clean(row.product or ""), output.clean(order), output.clean(row.json or "")))
end

local function print_lines(rows)
  local row, err = rows:next()
  if row then output.write "    seq  time                  type                    product     order     body\n" end
  while row do
    print_line(row)
    row, err = rows:next()
  end
  return err == nil, err
end

-- The body goes through as it is stored.
local function json_line(row)
  local head = require("neap.json").encode { seq = row.seq, time = row.time, type = row.type, version = row.version,
    run = row.run, cause_seq = row.cause_seq, product = row.product, client_order_id = row.client_order_id }
  return head:sub(1, -2) .. ',"body":' .. row.json .. "}"
end

local function print_json(rows, path)
  output.write('{"schema":"neap.events/1","session":', require("neap.json").encode(path), ',"events":[')
  local row, err = rows:next()
  local separator = "\n"
  while row do
    output.write(separator, json_line(row))
    separator = ",\n"
    row, err = rows:next()
  end
  if not err then output.write "]}\n" end
  return err == nil, err
end

function events.run(args)
  local options, err = flags.parse(events, args)
  if not options then return output.fail(err, args, output.USAGE) end
  local filter = { type = options.type, product = options.product, limit = options.limit }
  local good, bad_since = read_since(filter, options.since)
  if not good then return output.fail(bad_since, args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local known, unknown = check_type(path, options.type)
  if not known and unknown.code == "unknown_type" then return output.fail(unknown, args, output.USAGE) end
  local rows, problem = require("neap.event_store").events(path, filter)
  if not rows then return sessions.fail(problem, args) end
  local done, damage = (options.json and print_json or print_lines)(rows, path)
  rows:close()
  if not done then return output.fail(damage, nil) end
  return output.OK
end

return events
