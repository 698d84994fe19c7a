-- SPDX-License-Identifier: MIT
-- Every example of an answer or frame of the venue that lies in ../shared, each with a name.
local json = require "neap.json"
local lfs = require "lfs"
local shared = require "spec.support.shared"

local examples = {}

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function tree_of(text, where)
  local tree, err = json.decode(text, { numbers = "float" })
  if tree == nil then error(("%s: %s"):format(where, err)) end
  return tree
end

local function names_in(folder, ending)
  local names = {}
  for name in lfs.dir(folder) do
    if name:sub(-#ending) == ending then names[#names + 1] = name:sub(1, -#ending - 1) end
  end
  table.sort(names)
  return names
end

-- Four lines of head: method, path, whether it is signed; then the body.
local function add_endpoint(list, name, text)
  local method, path, body = text:match "^(%u+)\r?\n([^\r\n]+)\r?\n%l+\r?\n?(.*)$"
  list[#list + 1] = { name = "net: " .. name:gsub("^Endpoints_", ""), method = method, path = path,
    tree = tree_of(body, name) }
end

-- '>' what is sent, '<' and '=' what comes; a frame may go over many lines.
local function add_frames(list, name, text)
  local count = 0
  for mark, frame in ("\n" .. text):gmatch "\n([<=])%d*%s*(%b{})" do
    count = count + 1
    list[#list + 1] = { name = ("net: %s %d"):format(name, count), frame = tree_of(frame, name), mark = mark }
  end
end

local function add_net(list, folder)
  for _, name in ipairs(names_in(folder, ".txt")) do
    local text = read(folder .. "/" .. name .. ".txt"):gsub("\r", "")
    if name:find "^Endpoints_" then add_endpoint(list, name, text) else add_frames(list, name, text) end
  end
end

local function add_files(list, folder, prefix)
  for _, name in ipairs(names_in(folder, ".json")) do
    local tree = tree_of(read(folder .. "/" .. name .. ".json"), name)
    local is_frame = name:find "^ws_"
    list[#list + 1] = { name = prefix .. name, tree = not is_frame and tree or nil, frame = is_frame and tree or nil }
  end
end

local function add_docs(list, path)
  for _, item in ipairs(tree_of(read(path), path).rest) do
    list[#list + 1] = { name = "docs: " .. item.what, status = item.status, tree = item.body or item.text }
  end
end

local function add_responses(list, path)
  for _, case in ipairs(tree_of(read(path), path).cases) do
    list[#list + 1] = { name = ("ccxt: %s %s"):format(case.ccxt, case.endpoint), tree = case.response }
  end
end

-- Documented and recorded frames.
local function add_vector_frames(list, documented, recorded)
  local tree = tree_of(read(documented), documented)
  for _, name in ipairs { "user_snapshot", "futures_balance_summary", "heartbeat", "l2_update",
    "heartbeat_observed_2023_10", "ws_error" } do
    list[#list + 1] = { name = "docs frame: " .. name, frame = tree[name] }
  end
  for number, session in ipairs(tree_of(read(recorded), recorded).sessions) do
    for i, frame in ipairs(session.received) do
      list[#list + 1] = { name = ("ccxt frame: %d.%d"):format(number, i), frame = frame }
    end
  end
end

-- A list of { name, tree or frame, status }; nil where ../shared is absent.
function examples.all()
  local bodies = shared.path "vectors/docs/rest_bodies.json"
  if not bodies then return nil end
  local list, fixtures = {}, "data/fixtures_coinbase"
  add_docs(list, bodies)
  add_responses(list, shared.path "vectors/ccxt/response.json")
  add_vector_frames(list, shared.path "vectors/docs/ws_examples.json", shared.path "vectors/ccxt/ws.json")
  local root = shared.path(fixtures .. "/nautilus/http_accounts.json"):gsub("/nautilus/.*$", "")
  add_net(list, root .. "/coinbase_net")
  add_files(list, root .. "/nautilus", "nautilus: ")
  add_files(list, root .. "/ccxt", "ccxt file: ")
  return list
end

-- The calls that the venue's SDK makes: method, path, query, body.
function examples.calls()
  return tree_of(read(shared.path "vectors/sdk/rest_cases.json"), "rest_cases.json").cases
end

-- vectors/enums.json: lists of words by the name of their enumeration.
function examples.enums() return tree_of(read(shared.path "vectors/enums.json"), "enums.json") end

return examples
