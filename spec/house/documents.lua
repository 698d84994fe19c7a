-- SPDX-License-Identifier: MIT
-- What holds for documents: their Lua blocks run, the image has the launcher's packages.
local tree = require "spec.house.tree"

local documents = {}

-- The ```lua blocks of a page: {line = first line's number, text = …}.
function documents.blocks(root, path)
  local blocks, open = {}, nil
  for number, line in tree.lines(root, path) do
    if open and line:match "^```%s*$" then
      blocks[#blocks + 1], open = open, nil
    elseif open then
      open.text = open.text .. line .. "\n"
    elseif line:match "^```lua%s*$" then
      open = { line = number, text = ("\n"):rep(number) }
    end
  end
  return blocks
end

-- A strategy is run over some bars, in its cell.
local function run_strategy(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local bars = require "spec.support.bars".walk(600)
  local result, err = require "neap".backtest { strategy = path, data = { ["BTC-USD"] = bars }, env = {} }
  os.remove(path)
  return result ~= nil, err and ("%s:%s: %s"):format(path, err.where or "", err.message)
end

local function run_block(path, block)
  if block.text:match "^\n*%-%- not run" then return true end
  if block.text:find "\nreturn neap%.strategy" then return run_strategy(block.text) end
  local chunk, problem = load(block.text, "@" .. path, "t", setmetatable({}, { __index = _G }))
  if not chunk then return false, problem end
  return pcall(chunk)
end

function documents.failing_blocks(root)
  local problems = {}
  for _, path in ipairs(tree.files(root, "^docs/reference/.*%.md$", "^docs/guide/.*%.md$", "^README%.md$")) do
    for _, block in ipairs(documents.blocks(root, path)) do
      local ok, problem = run_block(path, block)
      if not ok then problems[#problems + 1] = ("%s:%d: %s"):format(path, block.line, tostring(problem)) end
    end
  end
  return problems
end

local function words(text)
  local set = {}
  for word in (text or ""):gsub("\\\n", " "):gmatch "[%w][%w.+-]*" do set[word] = true end
  return set
end

local function compare(ours, theirs, message, problems)
  local names = {}
  for name in pairs(ours) do
    if not theirs[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do problems[#problems + 1] = name .. message end
end

-- The launcher's two lists against the words of the Dockerfile's one apt-get install.
function documents.packages_that_differ(root)
  local launcher, image = tree.read(root, "neap"), tree.read(root, "Dockerfile")
  local run, test = launcher:match 'RUN_PACKAGES="(.-)"', launcher:match 'TEST_PACKAGES="(.-)"'
  local listed = words((run or "") .. " " .. (test or ""))
  local installed = words(image:gsub("\\\n", " "):match "apt%-get install %-y %-%-no%-install%-recommends(.-)&&")
  local problems = {}
  compare(listed, installed, " is in the launcher, not in the Dockerfile", problems)
  compare(installed, listed, " is in the Dockerfile, not in the launcher", problems)
  return problems
end

return documents
