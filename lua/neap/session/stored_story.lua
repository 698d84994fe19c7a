-- SPDX-License-Identifier: MIT
-- Orders of a stored session: which one a word means, and its story as of an event.
local fault = require "neap.base.fault"
local in_force = require "neap.session.in_force"
local mode_story = require "neap.session.mode_story"
local nearest = require "neap.base.nearest"
local origin = require "neap.session.origin"
local slices = require "neap.session.slices"
local story = require "neap.session.story"

local stored_story = {}

local PREFIX_LEAST = 6

-- An order's word: a client order id, the first 6 or more characters of one, or "#12" → true, or nil and a fault.
function stored_story.check(word)
  if word:match "^#%d+$" or #word >= PREFIX_LEAST and not word:match "^#" then return true end
  return nil, fault("usage", ("'%s' is too short for an order: at least %d characters of its id, or #NUMBER"):format(
    word, PREFIX_LEAST))
end

local function matcher(word)
  local number = word:match "^#(%d+)$"
  if number then
    number = math.tointeger(number)
    return function(row) return row.body and (row.body.number or row.body.order) == number end
  end
  return function(row) return row.client_order_id and row.client_order_id:sub(1, #word) == word end
end

-- The ids that the word fits, and all ids (for a guess).
local function candidates(path, word, last)
  local rows <close>, err = require("neap.event_store").events(path, { type = "order_intent", ["until"] = last })
  if not rows then return nil, err end
  local fits, found, all = matcher(word), {}, {}
  local row, damage = rows:next()
  while row do
    local id = row.client_order_id
    if id then
      all[#all + 1] = id
      if id == word then return { id }, all end
      if fits(row) then found[#found + 1] = id end
    end
    row, damage = rows:next()
  end
  if damage then return nil, damage end
  return found, all
end

-- → the order's id, or nil and a fault. `last`: the last event that counts; nil: all do.
function stored_story.find(path, word, last)
  local found, all = candidates(path, word, last)
  if not found then return nil, all end
  if #found == 1 then return found[1] end
  if #found > 1 then
    return nil, fault("ambiguous_order", ("%d orders begin with '%s'"):format(#found, word), nil, found[1])
  end
  return nil, fault("no_such_order", ("no such order among %d: %s"):format(#all, word), nil, nearest(word, all))
end

local function read_rows(path, filter, list)
  local rows <close>, err = require("neap.event_store").events(path, filter)
  if not rows then return nil, err end
  local row, damage = rows:next()
  while row do
    list[#list + 1] = row
    row, damage = rows:next()
  end
  if damage then return nil, damage end
  return list
end

-- `input`: what its intent came of, where that was recorded; `input_lost`: why a recording does not say so.
local function add_origin(told, path)
  if not told.intent_row then return told end
  local err
  told.input, err = origin.of(path, told.intent_row)
  if err and err.code ~= "not_recorded" then told.input_lost = err end
  return told
end

-- → the story of that id, as session/story has it, or nil and a fault.
function stored_story.read(path, id, last)
  local function read(filter, list)
    filter["until"] = last
    return read_rows(path, filter, list or {})
  end
  local list, damage = read { order = id }
  local configuration = {}
  for _, kind in ipairs(list and in_force.types or {}) do
    if not damage then _, damage = read({ type = kind }, configuration) end
  end
  if damage then return nil, damage end
  local told = story.new(list, configuration)
  told.mode = mode_story.read(told, read)
  told, damage = slices.complete(told, read, story.new)
  return told and add_origin(told, path), damage
end

return stored_story
