-- SPDX-License-Identifier: MIT
-- What holds for each module: one spec, one reference page, no global; and the one place that makes an engine.
local tree = require "spec.house.tree"

local modules = {}

-- Halves whose Lua side has another name than theirs.
local WHOLE = { engine = "engine_factory" }

-- The beginnings of the names of the bindings in neap_net.so, as CMakeLists.txt says them.
local function net_bindings(root)
  local words = {}
  local text = tree.exists(root, "CMakeLists.txt") and tree.read(root, "CMakeLists.txt") or ""
  for word in (text:match 'NEAP_NET_BINDINGS "/l%((.-)%)' or ""):gmatch "[%w_]+" do words[#words + 1] = word end
  return words
end

local function is_of_net(words, path)
  for _, word in ipairs(words) do
    if path:match("/l" .. word .. "[%a_]*%.c$") then return true end
  end
  return false
end

-- Names of the modules that C exports, with the `_c` halves of Lua modules; and a set of those in neap_net.so.
function modules.exported(root)
  local names, of_net, words = {}, {}, net_bindings(root)
  for _, path in ipairs(tree.files(root, "^csrc/lua/.*%.c$")) do
    for name in tree.read(root, path):gmatch "luaopen_neap_([%w_]+)%s*%(lua_State %*L%)%s*{" do
      names[#names + 1] = name
      of_net[name] = is_of_net(words, path) or nil
    end
  end
  return names, of_net
end

-- A binding of net or venue in neap.so would not load; another one in neap_net.so would not be found.
function modules.in_the_wrong_object(root)
  local problems, words = {}, net_bindings(root)
  for _, path in ipairs(tree.files(root, "^csrc/lua/.*%.c$")) do
    local text = tree.read(root, path)
    if text:find '#include "net/' or text:find '#include "venue/' then
      if not is_of_net(words, path) then problems[#problems + 1] = path .. " is not in NEAP_NET_BINDINGS" end
    end
  end
  local names, of_net = modules.exported(root)
  for _, name in ipairs(names) do
    if of_net[name] and not name:match "_c$" then
      problems[#problems + 1] = name .. " lies in neap_net.so: it needs a Lua half, and a name that ends with _c"
    end
  end
  return problems
end

-- Names of the modules that Lua files make: lua/neap/x.lua and lua/neap/x/init.lua; `neap` itself is lua/neap/init.lua.
function modules.written(root)
  local names = {}
  for _, path in ipairs(tree.files(root, "^lua/neap/[^/]+%.lua$", "^lua/neap/[^/]+/init%.lua$")) do
    local name = path:match "^lua/neap/(.-)%.lua$":gsub("/init$", "")
    names[#names + 1] = name == "init" and "neap" or name
  end
  return names
end

local function has_spec(root, name)
  local wanted = "/" .. name .. "_spec%.lua$"
  return #tree.files(root, "^spec" .. wanted, "^spec/live" .. wanted, "^spec/advanced" .. wanted) > 0
end

local function judge(root, name, problems)
  if not has_spec(root, name) then problems[#problems + 1] = name .. " has no spec/" .. name .. "_spec.lua" end
  local page = "docs/reference/" .. name .. ".md"
  if not tree.exists(root, page) then problems[#problems + 1] = name .. " has no " .. page end
end

function modules.without_spec_or_page(root)
  local problems, written = {}, {}
  for _, name in ipairs(modules.written(root)) do
    written[name] = true
    judge(root, name, problems)
  end
  for _, name in ipairs(modules.exported(root)) do
    local half = name:match "^(.*)_c$"
    if not half then
      judge(root, name, problems)
    elseif not written[half] and not written[WHOLE[half]] then
      problems[#problems + 1] = ("%s is half of a module, but there is no lua/neap/%s.lua"):format(name, half)
    end
  end
  return problems
end

-- Every module that can be required: the exported ones (those of neap_net.so come with their Lua halves) and each file
-- below lua/neap but the program itself.
function modules.requirable(root)
  local names, exported, of_net = {}, modules.exported(root)
  for _, name in ipairs(exported) do
    if not of_net[name] then names[#names + 1] = "neap." .. name end
  end
  for _, path in ipairs(tree.files(root, "^lua/neap/.*%.lua$")) do
    local name = path:match "^lua/(.*)%.lua$":gsub("/init$", ""):gsub("/", ".")
    if name ~= "neap.cli.main" then names[#names + 1] = name end
  end
  return names
end

-- Requires each module in a fresh interpreter and names those that fail or leave a global behind.
function modules.with_globals(root)
  local lua = os.getenv "NEAP_TEST_LUA" or "lua5.4"
  local pipe = assert(io.popen(("%s spec/house/require_all.lua '%s' %s 2>&1"):format(lua, root,
    table.concat(modules.requirable(root), " "))))
  local problems = {}
  for line in pipe:lines() do problems[#problems + 1] = line end
  if not pipe:close() and #problems == 0 then problems[1] = "the interpreter failed" end
  return problems
end

-- In Lua only the factory may name the C half that makes engines; in C only that half and the engines themselves.
function modules.makers_of_engines(root)
  local problems = {}
  local scripts = tree.files(root, "^lua/.*%.lua$", "^strategies/.*%.lua$", "^config/.*%.lua$", "^bench/.*%.lua$")
  for _, path in ipairs(scripts) do
    if path ~= "lua/neap/engine_factory.lua" and tree.read(root, path):find "neap%.engine_c%f[^%w_]" then
      problems[#problems + 1] = path .. " makes an engine: ask neap.engine_factory"
    end
  end
  for _, path in ipairs(tree.files(root, "^csrc/.*%.[ch]$")) do
    local may = path:match "^csrc/engine/" or path:match "^csrc/lua/lengine"
    local text = tree.read(root, path)
    if not may and (text:find "neap_live_engine%(" or text:find "neap_advanced_engine%(") then
      problems[#problems + 1] = path .. " makes an engine: it is handed one"
    end
  end
  return problems
end

return modules
