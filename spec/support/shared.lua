-- SPDX-License-Identifier: MIT
-- Where the reference data lies that tests read in place: ../shared beside the project, or NEAP_SHARED.
local shared = {}

local root = os.getenv "NEAP_SHARED" or "../shared"

-- The path of a file below ../shared, or nil where it is absent (the test then says so and is pending).
function shared.path(relative)
  local path = root .. "/" .. relative
  local file = io.open(path, "rb")
  if not file then return nil end
  file:close()
  return path
end

-- What such a file holds, unpacked where it is packed; or nil.
function shared.text(relative)
  local path = shared.path(relative)
  if not path then return nil end
  local pipe <close> = assert(io.popen("gzip -dcf '" .. path .. "'"))
  return pipe:read "a"
end

return shared
