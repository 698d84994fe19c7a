-- SPDX-License-Identifier: MIT
-- No writable file-scope data: what the symbol table of the shared object says.
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

return symbols
