-- SPDX-License-Identifier: MIT
-- What the tables of a shared object say: no writable file-scope data, and which libraries it brings along.
local symbols = {}

local WRITABLE = { [".data"] = true, [".bss"] = true, [".tdata"] = true, [".tbss"] = true, ["*COM*"] = true }

-- What the compiler's start files bring.
local RUNTIME = { ["completed.0"] = true, __dso_handle = true, __TMC_END__ = true, _edata = true, _end = true,
  __bss_start = true, __data_start = true, data_start = true }

function symbols.writable(object)
  local pipe = assert(io.popen(("LC_ALL=C nm --format=sysv --defined-only '%s' 2>&1"):format(object)))
  local problems, count = {}, 0
  for line in pipe:lines() do
    local name, section = line:match "^(%S+)%s*|.*|([^|]*)$"
    if name then count = count + 1 end
    if name and WRITABLE[section] and not RUNTIME[name] then
      problems[#problems + 1] = ("%s lies in %s"):format(name, section)
    end
  end
  pipe:close()
  if count == 0 then problems[1] = object .. " has no symbol table" end
  return problems
end

-- The libraries that come with it by name: "libuv.so.1" …
function symbols.needed(object)
  local pipe <close> = assert(io.popen(("LC_ALL=C readelf --dynamic '%s'"):format(object)))
  local names = {}
  for line in pipe:lines() do names[#names + 1] = line:match "%(NEEDED%).*%[(.-)%]" end
  assert(#names > 0, object .. " has no dynamic section")
  return names
end

return symbols
