-- SPDX-License-Identifier: MIT
-- neap new profile NAME: config/profiles/NAME.lua below the working directory, and a spec that loads it.
local files = require "neap.base.files"
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local profiles = require "neap.config.profile"

local TEXT = [[
-- %s: limits of your own. Data only: this file sees nothing and calls nothing. `neap config check --profile %s`
-- tries it, `neap config show --profile %s` shows what comes of it.
return {
  doc = "%s: limits of your own.",
  -- One that lies here, below the directory that holds config/, or one that came with Neap.
  risk_file = "config/risk/prod.json",
  -- What this profile says of its own. The risk file stands over it, and so do .env, environment, flags and operators.
  risk = {
    max_leverage = 1,
    max_trade_value = 1000,
  },
  -- What nobody loosens: the value above holds against all of them. Stricter passes.
  locks = { "max_leverage" },
}
]]

local SPEC = [[
-- The profile %s loads, and its locks hold.
local config = require "neap.config"

describe("the profile %s", function()
  it("loads", function()
    local loaded = assert(config.load { profile = "%s", env = {} })
    assert.is_true(loaded.limits.max_leverage >= 1)
  end)

  it("keeps what it locks, whatever an operator says", function()
    local mine = assert(config.load { profile = "%s", env = {} })
    local tried = assert(config.load { profile = "%s", env = {}, operator = { max_leverage = 1000 } })
    for _, lock in ipairs(tried.locks) do
      assert.equal(tostring(mine.limits[lock.name]), tostring(tried.limits[lock.name]), lock.name)
    end
  end)
end)
]]

local function filled(text, name) return (text:gsub("%%s", (name:gsub("%%", "%%%%")))) end

-- The text of the profile: the template's, or a copy of another with its own words on top.
local function text_of(name, from)
  if not from then return filled(TEXT, name) end
  local path, message, near = profiles.find(from)
  if not path then return nil, output.error("usage", message, nil, near) end
  local text, wrong = files.read(path, 1 << 20)
  if not text then return nil, output.error("cannot_copy", wrong, path) end
  return ("-- %s: a copy of the profile %s.\n%s"):format(name, from, text)
end

-- → { paths =, texts = }, or nil and an error.
return function(name, from)
  if lists.has(profiles.shipped, name) then
    return nil, output.error("exists", ("the profile '%s' came with Neap, and no other takes its place"):format(name))
  end
  local text, err = text_of(name, from)
  if not text then return nil, err end
  return { paths = { ("config/profiles/%s.lua"):format(name), ("spec/profiles/%s_spec.lua"):format(name) },
    texts = { text, filled(SPEC, name) } }
end
