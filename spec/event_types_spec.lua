-- SPDX-License-Identifier: MIT
-- The list of event types is that of what writes them.
local files = require "neap.base.files"
local lists = require "neap.base.lists"
local program = require "spec.support.program"
local types = require "neap.session.event_types"

local ROOT = program.root

describe("event types", function()
  local texts = {}

  setup(function()
    for _, place in ipairs { "csrc/session", "csrc/engine", "lua/neap/run" } do
      for name in files.lfs.dir(ROOT .. "/" .. place) do
        if name:match "%.[cl]u?a?$" then texts[#texts + 1] = program.read(ROOT .. "/" .. place .. "/" .. name) end
      end
    end
    texts[#texts + 1] = program.read(ROOT .. "/lua/neap/run.lua")
  end)

  it("are known where a session writes them", function()
    local count = 0
    for _, text in ipairs(texts) do
      for call, words in text:gmatch "([%w_:]+)(%b())" do
        local is_writer = lists.has({ "session_event", "neap_session_note", "outbox_append", "core:note" }, call)
        local name = is_writer and words:match '"([%l_]+)"'
        if name then
          count = count + 1
          assert.is_true(lists.has(types, name), name)
        end
      end
    end
    assert.is_true(count > 40, count)
  end)

  it("are known where a state is made of them", function()
    for _, name in ipairs { "state_orders.c", "state_apply.c" } do
      local text = program.read(ROOT .. "/csrc/session/" .. name)
      local list = text:match "_changes%[%] = (%b{})" or text:match "order_events%[%] = (%b{})"
      for word in list:gmatch '{"([%l_]+)"' do assert.is_true(lists.has(types, word), word) end
    end
  end)

  it("are all written somewhere, and each stands there once", function()
    local all, seen = table.concat(texts), {}
    for _, name in ipairs(types) do
      assert.is_truthy(all:find('"' .. name .. '"', 1, true), name)
      assert.is_nil(seen[name])
      seen[name] = true
    end
  end)
end)
