-- SPDX-License-Identifier: MIT
-- Who may include whom: the table of the architecture, and the place of each foreign header.
local tree = require "spec.house.tree"

local includes = {}

-- Prefixes of paths below csrc that a room may include besides its own; `base` and the rooms below come along in full.
local MAY = {
  base = {},
  market = { "base/" },
  account = { "base/", "market/" },
  risk = { "base/", "market/", "account/" },
  match = { "base/", "market/", "account/" },
  store = { "base/" },
  net = { "base/" },
  engine = { "base/", "market/", "account/", "risk/" },
  broker = { "base/", "market/", "account/" },
  ["broker/paper"] = { "base/", "market/", "account/", "match/", "broker/broker.h" },
  ["broker/coinbase"] = { "base/", "market/", "account/", "net/", "broker/broker.h" },
  venue = { "base/", "market/", "account/", "match/", "net/" },
  session = { "base/", "market/", "account/", "risk/", "match/", "store/", "engine/",
    "broker/broker.h", "broker/broker_adapter.h", "broker/paper/" },
  lua = { "" },
}

-- One file of a room that may do more than the room.
local EXTRA = { { "engine/outbox", { "store/", "broker/broker.h", "broker/broker_adapter.h" } } }

-- Never, whatever the table says.
local NEVER = { { "engine/live/", "engine/advanced/" }, { "engine/advanced/", "engine/live/" } }

-- Foreign header (prefix) and the prefixes of the files that may use it.
local FOREIGN = {
  { "lua.h", "lua/" }, { "lauxlib.h", "lua/" }, { "lualib.h", "lua/" },
  { "zlib.h", "session/feed", "store/segment" },
  { "sqlite3.h", "store/" },
  { "openssl/", "net/", "base/digest" },
  { "uv.h", "session/loop" },
  { "curl/", "net/" }, { "wslay/", "net/" },
  { "simdjson", "net/json_frames.cpp" }, { "new", "net/json_frames.cpp" },
  { "histedit.h", "lua/lrepl.c" },
}

-- What the C library and the operating system bring; any other header is a foreign one without a place.
local SYSTEM = {}
for name in ([[assert complex ctype dirent errno fcntl fenv float inttypes limits locale math poll pthread pwd sched
  semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings
  time threads unistd wchar]]):gmatch "%S+" do SYSTEM[name .. ".h"] = true end
local SYSTEM_FOLDERS = { "sys/", "netinet/", "arpa/", "linux/" }

local GENERATED = { ["lua/host.c"] = { ["host_modules.h"] = true } }

local function starts(text, prefix) return text:sub(1, #prefix) == prefix end

local function starts_any(text, prefixes)
  for _, prefix in ipairs(prefixes) do
    if starts(text, prefix) then return true end
  end
  return false
end

local function room_of(path)
  local two, one = path:match "^([^/]+/[^/]+)/", path:match "^([^/]+)/"
  return MAY[two] and two or one
end

local function may_include(path, header)
  local room = room_of(path)
  for _, pair in ipairs(NEVER) do
    if starts(path, pair[1]) and starts(header, pair[2]) then return false, pair[1] .. " never includes " .. pair[2] end
  end
  if not MAY[room] then return false, "room '" .. tostring(room) .. "' is not in the table" end
  if starts(header, room .. "/") and (room_of(header) == room) or starts_any(header, MAY[room]) then return true end
  for _, extra in ipairs(EXTRA) do
    if starts(path, extra[1]) and starts_any(header, extra[2]) then return true end
  end
  return false, room .. " may include " .. (#MAY[room] > 0 and table.concat(MAY[room], " ") or "nothing")
end

local function may_use(path, header)
  if SYSTEM[header] or starts_any(header, SYSTEM_FOLDERS) then return true end
  for _, rule in ipairs(FOREIGN) do
    if starts(header, rule[1]) then
      return starts_any(path, { table.unpack(rule, 2) }), rule[1] .. " only in " .. table.concat(rule, " ", 2)
    end
  end
  return false, "this foreign header has no place in the table"
end

local function judge(root, path, kind, header)
  if kind == "<" then return may_use(path, header) end
  if GENERATED[path] and GENERATED[path][header] then return true end
  if not tree.exists(root, "csrc/" .. header) then return false, "no such file below csrc" end
  return may_include(path, header)
end

function includes.problems(root)
  local problems = {}
  for _, full in ipairs(tree.files(root, "^csrc/.*%.[ch]$", "^csrc/.*%.cpp$")) do
    local path = full:sub(6)
    for number, line in tree.lines(root, full) do
      local kind, header = line:match '^%s*#%s*include%s*([<"])([^>"]+)'
      local ok, rule = true, nil
      if header then ok, rule = judge(root, path, kind, header) end
      if not ok then problems[#problems + 1] = ("%s:%d includes %s: %s"):format(full, number, header, rule) end
    end
  end
  return problems
end

return includes
