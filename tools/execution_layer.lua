-- SPDX-License-Identifier: MIT
-- Prints the figures of docs/ops/execution_layer_analysis.md, from the tree: lua5.4 tools/execution_layer.lua [ROOT].
-- With --write it puts them into the page.
local lfs = require "lfs"

local PAGE = "docs/ops/execution_layer_analysis.md"
local BEGIN, END = "<!-- figures: lua5.4 tools/execution_layer.lua --write -->\n", "<!-- end of figures -->"

local layer = { page = PAGE }

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- Files below a directory of the root whose names end so, sorted, with their paths from the root.
local function list(root, directory, ending)
  local found = {}
  for name in lfs.dir(root .. "/" .. directory) do
    if name:find(ending .. "$") then found[#found + 1] = directory .. "/" .. name end
  end
  table.sort(found)
  return found
end

local function count_lines(root, files)
  local count = 0
  for _, path in ipairs(files) do count = count + select(2, read(root .. "/" .. path):gsub("\n", "")) end
  return count
end

-- What the files include from other rooms, each once.
local function includes(root, files, own)
  local seen, names = {}, {}
  for _, path in ipairs(files) do
    for name in read(root .. "/" .. path):gmatch '#include "([^"]+)"' do
      if name:sub(1, #own) ~= own and not seen[name] then seen[name], names[#names + 1] = true, name end
    end
  end
  table.sort(names)
  return names
end

-- The names in an engine's tables of checks.
local function checks(root, paths)
  local names = {}
  for _, path in ipairs(paths) do
    for name in read(root .. "/" .. path):gmatch '{"([%w_]+)", [%w_]+}' do names[#names + 1] = name end
  end
  return names
end

local ENGINES = {
  { name = "live", tables = { "csrc/engine/live/order_validator.c", "csrc/engine/live/order_submitter.c" } },
  { name = "advanced", tables = { "csrc/engine/advanced/order_validation_pipeline.c" } },
}

local function engine_of(root, engine)
  local directory = "csrc/engine/" .. engine.name
  local files, specs = list(root, directory, "%.[ch]"), list(root, "spec/" .. engine.name, "_spec%.lua")
  return { name = engine.name, files = files, lines = count_lines(root, files), specs = specs,
    checks = checks(root, engine.tables),
    includes = includes(root, files, "engine/" .. engine.name) }
end

local function names_of(files)
  local names = {}
  for i, path in ipairs(files) do names[i] = "`" .. path:match "[^/]+$" .. "`" end
  return table.concat(names, " ")
end

local function only_in(a, b)
  local known, names = {}, {}
  for _, name in ipairs(b) do known[name] = true end
  for _, name in ipairs(a) do
    if not known[name] then names[#names + 1] = "`" .. name .. "`" end
  end
  return #names > 0 and table.concat(names, " ") or "none"
end

local function production(root)
  local json = require "cjson"
  local fields, rows = json.decode(read(root .. "/config/risk/prod.json")), {}
  for _, name in ipairs { "enable_dynamic_position_sizing", "enable_market_impact_guard", "position_sizing_method",
    "max_market_impact_bps", "slippage_guard_bps" } do
    rows[#rows + 1] = ("| `%s` | %s |"):format(name, tostring(fields[name]))
  end
  return table.concat(rows, "\n")
end

-- The figures as Markdown.
function layer.figures(root)
  local live, advanced = engine_of(root, ENGINES[1]), engine_of(root, ENGINES[2])
  local shared = list(root, "csrc/engine", "checks[%w_]*%.[ch]")
  local lines = { "| | live | advanced |", "|---|---|---|" }
  local function row(name, of) lines[#lines + 1] = ("| %s | %s | %s |"):format(name, of(live), of(advanced)) end
  row("files", function(e) return names_of(e.files) end)
  row("lines", function(e) return e.lines end)
  row("checks in its tables", function(e) return #e.checks end)
  row("of them only its own", function(e) return only_in(e.checks, e == live and advanced.checks or live.checks) end)
  row("includes from elsewhere", function(e) return names_of(e.includes) end)
  row("spec files", function(e) return #e.specs end) -- not their cases: the page would be stale with every test
  lines[#lines + 1] = ("\nShared: %d lines of checks in %s.\n"):format(count_lines(root, shared), names_of(shared))
  lines[#lines + 1] = "| production (config/risk/prod.json) | |\n|---|---|\n" .. production(root)
  return table.concat(lines, "\n") .. "\n"
end

-- The page with the figures of this tree in it.
function layer.fresh(root)
  local page = read(root .. "/" .. PAGE)
  local from, to = select(2, page:find(BEGIN, 1, true)), page:find(END, 1, true)
  return page:sub(1, from) .. layer.figures(root) .. page:sub(to), page
end

if arg and arg[0] and arg[0]:find "execution_layer%.lua$" then
  if arg[1] == "--write" then
    local text = layer.fresh "."
    local file <close> = assert(io.open(PAGE, "wb"))
    file:write(text)
  else
    io.write(layer.figures(arg[1] or "."))
  end
end

return layer
