-- SPDX-License-Identifier: MIT
-- The text of a strategy's file, or what is wrong with the file, before anything runs.
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local home = require "neap.base.home"
local nearest = require "neap.base.nearest"

local source = {}

local MOST = 1 << 20 -- as the cell has it

-- The name that was probably meant: beside the path, or of one that came with Neap; a bare name may lack its ending.
local function near_name(path)
  local near = files.nearest(path)
  if near or path:find "/" then return near end
  local names = {}
  for _, directory in ipairs { ".", home.root .. "/strategies" } do
    for name in files.lfs.dir(directory) do
      if name:find "%.lua$" then names[#names + 1] = name end
    end
  end
  table.sort(names)
  return nearest(path, names) or nearest(path .. ".lua", names)
end

local function check_text(text, path)
  if text:sub(1, 4) == "\27Lua" then
    return nil, fault("does_not_compile", "this is compiled Lua; give the strategy's text", path)
  end
  if text:sub(1, 2) == "\xff\xfe" or text:sub(1, 2) == "\xfe\xff" then
    return nil, fault("does_not_compile", "this is UTF-16 text: save it as UTF-8", path)
  end
  if text:find "\0" then return nil, fault("does_not_compile", "this is binary data, not a strategy", path) end
  return text
end

-- source.read("ma_cross.lua") → text and the path where it lies; or nil and a fault.
function source.read(given)
  if given == "" then return nil, fault("usage", "a strategy file is meant, not an empty word") end
  local path = home.strategy(given)
  local mode = files.mode(path)
  if mode == nil and not files.is_dangling(path) then
    return nil, fault("not_found", "there is no file " .. given, nil, near_name(given))
  end
  if mode == "directory" then
    return nil, fault("unreadable", ("cannot read %s: Is a directory; name a file in it"):format(given))
  end
  local text, wrong = files.read(path, MOST)
  if not text then return nil, fault("unreadable", ("cannot read %s: %s"):format(given, wrong)) end
  local good, err = check_text(text, path)
  return good, good and path or err
end

return source
