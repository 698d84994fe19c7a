-- SPDX-License-Identifier: MIT
-- Wraps a function so that what it raises with error(text, 0) names the line of its caller, however deep it arose.
return function(inner)
  return function(...)
    local ok, result = pcall(inner, ...)
    if not ok then error(result, 2) end
    return result
  end
end
