-- SPDX-License-Identifier: MIT
-- Where this Neap lies. The one place that knows both layouts: ROOT/lua in a source tree; PREFIX/share/lua/5.4 with
-- PREFIX/share/neap beside it when it is installed.
local _, own_path = ...

local lua = own_path:match "^(.*)/neap/base/home%.lua$" or "."
local share = lua:match "^(.*)/lua/%d+%.%d+$"

local home = {
  lua = lua, -- holds neap/ and its Lua files
  root = share and share .. "/neap" or lua:match "^(.*)/lua$" or ".", -- holds config/ and strategies/
  docs = share and share .. "/doc/neap/docs" or (lua:match "^(.*)/lua$" or ".") .. "/docs",
  is_installed = share ~= nil,
}

-- A strategy's path as it was given, or that of the one which came with Neap, for a bare name that is no file here.
function home.strategy(path)
  local mode = require("neap.base.files").mode
  if path:find "/" or mode(path) then return path end
  local own = home.root .. "/strategies/" .. path
  return mode(own) and own or path
end

return home
