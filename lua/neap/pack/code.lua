-- SPDX-License-Identifier: MIT
-- The texts behind a strategy's digest. The digest runs over the file and those that it requires from lib/, in the
-- order in which they are loaded: SHA-256(hex of the digest before ‖ bytes). So a file that is found anywhere is
-- either the one that ran, to the last byte, or not taken.
local digest = require "neap.digest"
local files = require "neap.base.files"
local home = require "neap.base.home"
local lists = require "neap.base.lists"

local code = {}

local MOST = 1 << 20 -- as a cell has it
local LIBRARIES = 256

function code.chain(texts)
  local sum = ""
  for _, text in ipairs(texts) do sum = digest.sha256(sum .. text) end
  return sum
end

local visit

-- What a text requires from lib/, in the order of its lines: each is loaded before what comes behind it.
local function visit_required(found, text)
  for name in text:gmatch "require%s*%(?%s*[\"']([%w_.]+)[\"']" do
    local path = "lib/" .. name:gsub("%.", "/") .. ".lua"
    if not name:find "^neap%." and name ~= "neap" and not found.seen[path] then visit(found, path) end
  end
end

function visit(found, name)
  found.seen[name] = true
  local text = #found < LIBRARIES and files.read(found.directory .. name, MOST)
  if not text then return end
  found[#found + 1] = { name = name, text = text }
  visit_required(found, text)
end

local function collect(path)
  local directory, name = files.split(path)
  local found = { directory = directory == "." and "" or directory, seen = {} }
  visit(found, name)
  return found
end

local function places(entry, hints)
  if entry.policy then return { home.root .. "/config/engine_policy.lua" } end
  local name, list = entry.strategy, table.move(hints, 1, #hints, 1, {})
  for _, directory in ipairs { "", "strategies/", home.root .. "/strategies/" } do
    list[#list + 1] = directory .. name .. ".lua"
  end
  return list
end

-- The files { { name =, text = } } that ran as `entry` ({ strategy = or policy =, digest = }); nil: none is found that
-- has its digest.
function code.find(entry, hints)
  for _, path in ipairs(places(entry, hints)) do
    if files.mode(path) == "file" then
      local list = collect(path)
      if code.chain(lists.field(list, "text")) == entry.digest then return list end
    end
  end
end

return code
