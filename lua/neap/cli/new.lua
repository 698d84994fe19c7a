-- SPDX-License-Identifier: MIT
-- neap new strategy|profile NAME: a commented file and its spec, below the working directory.
local flags = require "neap.cli.flags"
local home = require "neap.base.home"
local lfs = require("neap.base.files").lfs
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"
local templates = require "neap.cli.templates"

local new = {
  summary = "Writes a commented strategy or profile and its spec.",
  usage = "neap new strategy|profile NAME [--from NAME]",
  doc = "Writes strategies/NAME.lua and spec/strategies/NAME_spec.lua, or config/profiles/NAME.lua and " ..
    "spec/profiles/NAME_spec.lua,\nbelow the working directory, never over a file.",
  arguments = { { "kind", doc = "strategy or profile" }, { "name", optional = true, doc = "letters, digits, _, -" } },
  flags = { { "from", value = "NAME", doc = "a copy of this file or profile, or of one that came with Neap" } },
}

local KINDS, LATER = { "strategy", "profile", "deployment" }, { deployment = true }

local function check_kind(kind)
  if LATER[kind] then return nil, output.error("not_in_this_version", ("new %s: not in this version"):format(kind)) end
  if kind == "strategy" or kind == "profile" then return true end
  return nil, output.error("usage", ("new: '%s' is none of %s"):format(kind, table.concat(KINDS, ", ")), nil,
    nearest(kind, KINDS))
end

local function is_name(name) return #name <= 63 and name:find "^%a[%w_-]*$" ~= nil end

-- The name that a person probably means: no directory, no ending, one _ for what cannot be.
local function valid_name(name)
  local word = name:match "([^/]*)/*$":gsub("%.lua$", ""):gsub("[^%w_-]+", "_"):gsub("^_+", ""):gsub("_+$", "")
  if not word:find "^%a" then word = word == "" and "my_strategy" or "strategy_" .. word:gsub("^%-+", "") end
  return word:sub(1, 63)
end

local function check_name(name)
  if name == nil then return nil, output.error("usage", "NAME is missing; usage: " .. new.usage) end
  if is_name(name) then return true end
  return nil, output.error("bad_name", ("'%s' is no name: letters, digits, _ and -, a letter first, at most 63")
    :format(name), nil, valid_name(name))
end

local function is_there(path) return lfs.symlinkattributes(path, "mode") ~= nil end

local function check_free(paths)
  for _, path in ipairs(paths) do
    if is_there(path) then
      return nil, output.error("exists", ("%s is there already, and is not written over"):format(path), path)
    end
  end
  return true
end

-- Takes away what was made, newest first; a directory only when it is empty.
local function undo(made)
  for i = #made, 1, -1 do
    if lfs.symlinkattributes(made[i], "mode") == "directory" then lfs.rmdir(made[i]) else os.remove(made[i]) end
  end
end

local function make_directories(path, made)
  local at = ""
  for part in path:gmatch "([^/]+)/" do
    at = at .. part
    if lfs.attributes(at, "mode") ~= "directory" then
      local ok, message = lfs.mkdir(at)
      if not ok then return nil, message end
      made[#made + 1] = at
    end
    at = at .. "/"
  end
  return true
end

local function write(path, text, made)
  local ok, message = make_directories(path, made)
  if not ok then return nil, message end
  local file
  file, message = io.open(path, "wb")
  if not file then return nil, message end
  made[#made + 1] = path
  ok, message = file:write(text)
  local closed, why = file:close()
  return ok and closed, message or why
end

-- Both files or neither.
local function write_all(paths, texts)
  local made = {}
  for i, path in ipairs(paths) do
    local ok, message = write(path, texts[i], made)
    if not ok then
      undo(made)
      return nil, output.error("cannot_write", ("cannot write %s: %s"):format(path, message), path)
    end
  end
  return made
end

-- A copy that does not run is of no use: its error is told now, and nothing is left.
local function try(plan, path)
  local testing = require "neap.testing"
  local function attempt() return testing.run { strategy = path, bars = templates.bars(plan, testing) } end
  local ok, result = pcall(attempt)
  if ok and result.strategy == plan.name then return true end
  local why = ok and ("its name is still '%s'"):format(result.strategy) or tostring(result):gsub("^%S+:%d+: ", "")
  return nil, output.error("cannot_copy", ("a copy of %s does not run: %s"):format(plan.from, why))
end

local function create(plan)
  local made, err = write_all(plan.paths, { plan.strategy, plan.spec })
  if not made then return nil, err end
  if not plan.from then return true end
  local ok
  ok, err = try(plan, plan.paths[1])
  if not ok then undo(made) end
  return ok, err
end

-- Whether the working directory is Neap's own tree, by whatever path it was reached.
local function is_own_tree()
  local here, own = lfs.attributes ".", lfs.attributes(home.root)
  return not home.is_installed and own ~= nil and here.ino == own.ino and here.dev == own.dev
end

-- The launcher as one would call it from here.
local function launcher()
  if home.is_installed then return "neap" end
  if is_own_tree() then return "./neap" end
  return home.root:find "[^%w/_.-]" and "'" .. home.root .. "/neap'" or home.root .. "/neap"
end

local function create_profile(given)
  local plan, err = require "neap.cli.new_profile"(given.name, given.from)
  if not plan then return nil, err end
  local ok
  ok, err = check_free(plan.paths)
  if ok then ok, err = write_all(plan.paths, plan.texts) end
  plan.name, plan.kind = given.name, "profile"
  return ok and plan, err
end

local function report(plan, given)
  local test = ("%s test %s"):format(launcher(), plan.paths[2])
  if given.json then
    output.json { schema = "neap.new/1", name = plan.name, [plan.kind or "strategy"] = plan.paths[1],
      spec = plan.paths[2], next = test }
  else
    output.write("wrote ", plan.paths[1], "\nwrote ", plan.paths[2], "\n")
    if not given.quiet then output.write("next: ", test, "\n") end
  end
  return output.OK
end

function new.run(args)
  local given, err = flags.parse(new, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local ok
  ok, err = check_kind(given.kind)
  if ok then ok, err = check_name(given.name) end
  if not ok then return output.fail(err, args, output.USAGE) end
  if given.kind == "profile" then
    local made
    made, err = create_profile(given)
    return made and report(made, given) or output.fail(err, args, err and err.code == "usage" and output.USAGE or nil)
  end
  local paths = { ("strategies/%s.lua"):format(given.name), ("spec/strategies/%s_spec.lua"):format(given.name) }
  ok, err = check_free(paths)
  local plan
  -- Neap's own files carry its license line; what an author writes elsewhere is the author's.
  if ok then plan, err = templates.plan(given.name, given.from, is_own_tree()) end
  if not plan then return output.fail(err, args) end
  plan.paths = paths
  ok, err = create(plan)
  if not ok then return output.fail(err, args) end
  return report(plan, given)
end

return new
