-- SPDX-License-Identifier: MIT
-- neap explain ORDER [SESSION].
local flags = require "neap.cli.flags"
local in_force = require "neap.session.in_force"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local slices = require "neap.session.slices"
local story = require "neap.session.story"

local explain = {
  summary = "Tells the story of an order: why, which engine, every check, what happened.",
  usage = "neap explain ORDER [SESSION] [--json]",
  arguments = { { "order" }, { "session", optional = true } },
  flags = { sessions.flag },
  doc = "ORDER is a client order id, the first 6 or more characters of one, or an intent's number as #12.",
}

local PREFIX_LEAST = 6

local function matcher(order)
  local number = order:match "^#(%d+)$"
  if number then
    number = math.tointeger(number)
    return function(row) return row.body and (row.body.number or row.body.order) == number end
  end
  return function(row) return row.client_order_id and row.client_order_id:sub(1, #order) == order end
end

-- The ids of the orders that are meant, and all ids (for a guess).
local function find(path, order)
  local store = require "neap.event_store"
  local rows, err = store.events(path, { type = "order_intent" })
  if not rows then return nil, err end
  local fits, found, all = matcher(order), {}, {}
  local row, damage = rows:next()
  while row do
    local id = row.client_order_id
    if id then
      all[#all + 1] = id
      if id == order then found = { id } break end
      if fits(row) then found[#found + 1] = id end
    end
    row, damage = rows:next()
  end
  rows:close()
  if damage then return nil, damage end
  return found, all
end

local function check_word(order)
  if order:match "^#%d+$" or #order >= PREFIX_LEAST and not order:match "^#" then return true end
  return nil, output.error("usage", ("'%s' is too short for an order: at least %d characters of its id, or #NUMBER")
    :format(order, PREFIX_LEAST))
end

local function choose(found, all, order)
  if #found == 1 then return found[1] end
  if #found > 1 then
    local message = ("%d orders begin with '%s'"):format(#found, order)
    return nil, output.error("ambiguous_order", message, nil, found[1])
  end
  local message = ("no such order among %d: %s"):format(#all, order)
  return nil, output.error("no_such_order", message, nil, nearest(order, all))
end

local function read_rows(path, filter, list)
  local rows, err = require("neap.event_store").events(path, filter)
  if not rows then return nil, err end
  local row, damage = rows:next()
  while row do
    list[#list + 1] = row
    row, damage = rows:next()
  end
  rows:close()
  if damage then return nil, damage end
  return list
end

local function read_story(path, id)
  local list, damage = read_rows(path, { order = id }, {})
  local configuration = {}
  for _, kind in ipairs(list and in_force.types or {}) do
    if not damage then _, damage = read_rows(path, { type = kind }, configuration) end
  end
  if damage then return nil, damage end
  return slices.complete(story.new(list, configuration), function(filter) return read_rows(path, filter, {}) end,
    story.new)
end

function explain.run(args)
  local options, err = flags.parse(explain, args)
  if not options then return output.fail(err, args, output.USAGE) end
  local good, short = check_word(options.order)
  if not good then return output.fail(short, args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local found, all = find(path, options.order)
  if not found then return sessions.fail(all, args) end
  local id, unclear = choose(found, all, options.order)
  if not id then return output.fail(unclear, args) end
  local told, damage = read_story(path, id)
  if not told then return output.fail(damage, args) end
  if options.json then output.json(story.json(told)) else output.write(story.text(told), "\n") end
  return output.OK
end

return explain
