-- SPDX-License-Identifier: MIT
-- An error of the one shape: what a function gives behind nil when the world, not its caller, is at fault.
local shape = { __tostring = function(e) return e.message .. (e.where and " (" .. e.where .. ")" or "") end }

return function(code, message, where, near)
  return setmetatable({ code = code, message = message, where = where, nearest = near }, shape)
end
