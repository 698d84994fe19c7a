-- SPDX-License-Identifier: MIT
-- Variables that are asked for by name: of the environment, else of .env in the working directory; what is empty is not
-- there.
local files = require "neap.base.files"

local function is_there(value) return value ~= nil and value ~= "" end

-- → a function: name → its value and where it was said, or nil.
return function()
  local text = files.read(".env", 1 << 20)
  local said = text and require "neap.config.dotenv"(text, function() return false end) or {}
  return function(name)
    local value = os.getenv(name)
    if is_there(value) then return value, name end
    if is_there(said[name]) then return said[name], ".env " .. name end
  end
end
