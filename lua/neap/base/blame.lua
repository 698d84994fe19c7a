-- SPDX-License-Identifier: MIT
-- Wraps a function so that what it raises with error(text, 0) names the line of its caller, however deep it arose.
local function pass(ok, ...)
  if not ok then error((...), 2) end
  return ...
end

return function(inner)
  return function(...) return pass(pcall(inner, ...)) end
end
