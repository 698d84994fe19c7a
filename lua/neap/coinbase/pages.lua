-- SPDX-License-Identifier: MIT
-- Goes through a list of the venue's page by page.
local fault = require "neap.base.fault"

-- Where the next page begins; nil: this was the last one. Fills have a cursor and no has_next, products a table.
local function cursor_of(answer, items)
  local at = type(answer.pagination) == "table" and answer.pagination or answer
  local cursor = at.next_cursor or at.cursor
  if type(cursor) ~= "string" or cursor == "" or at.has_next == false or #items == 0 then return nil end
  return cursor
end

local function same_again(list, cursor)
  return fault("bad_answer", ("%s: the venue gives the same page again"):format(list), cursor)
end

local function copy(given)
  local own = {}
  for name, value in pairs(given or {}) do own[name] = value end
  return own
end

local function next_page(state)
  local answer, err = state.ask(state.options)
  if not answer then return nil, err end
  local items = answer[state.list]
  if type(items) ~= "table" then
    return nil, fault("bad_answer", ("the answer has no list of %s"):format(state.list))
  end
  for _, item in ipairs(items) do
    if type(item) ~= "table" then
      return nil, fault("bad_answer", ("the answer's list of %s has what is no object"):format(state.list))
    end
  end
  local cursor = cursor_of(answer, items)
  if cursor and state.passed[cursor] then return nil, same_again(state.list, cursor) end
  if cursor then state.passed[cursor] = true end
  state.options.cursor, state.is_last = cursor, cursor == nil
  return items
end

-- Of a function that asks for one page → an iterator of items. Where a page fails it gives false and the fault, and
-- then ends.
return function(list, ask, given)
  local state, items, at = { list = list, ask = ask, options = copy(given), passed = {} }, {}, 0
  return function()
    while at == #items do
      if state.is_last then return nil end
      local err
      items, err = next_page(state)
      at = 0
      if not items then
        items, state.is_last = {}, true
        return false, err
      end
    end
    at = at + 1
    return items[at]
  end
end
