-- SPDX-License-Identifier: MIT
-- require_all.lua ROOT MODULE...: requires each and prints those that fail or add a global.
local root = table.remove(arg, 1)
package.path = ("%s/lua/?.lua;%s/lua/?/init.lua;%s"):format(root, root, package.path)

local known = {}
for name in pairs(_G) do known[name] = true end

for _, module in ipairs(arg) do
  local ok, problem = pcall(require, module)
  if not ok then print(module .. " does not load: " .. tostring(problem):match "[^\n]*") end
  for name in pairs(_G) do
    if not known[name] then
      known[name] = true
      print(module .. " adds the global " .. tostring(name))
    end
  end
end
