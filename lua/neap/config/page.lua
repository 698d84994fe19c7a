-- SPDX-License-Identifier: MIT
-- The page of all fields, from the schema: `neap config show --markdown`, and config/risk/README.md holds it.
local limits = require "neap.limits"
local words = require "neap.config.words"

local page = {}

-- The schema's entry of a field.
function page.field(name)
  for _, field in ipairs(limits.schema()) do
    if field.name == name then return field end
  end
end

local function range(field)
  return field.choices or field.lowest and ("%s to %s"):format(field.lowest, field.highest) or ""
end

local function row(field)
  return ("| `%s` | %s | %s | %s | `%s` | %s |"):format(field.name, field.type, range(field),
    field.default == "" and "none" or field.default, field.variable, words[field.name] or "")
end

function page.text()
  local lines = { "| field | type | range | default | variable | |", "|---|---|---|---|---|---|" }
  for _, field in ipairs(limits.schema()) do lines[#lines + 1] = row(field) end
  return table.concat(lines, "\n") .. "\n"
end

return setmetatable(page, { __call = page.text })
