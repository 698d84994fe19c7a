-- SPDX-License-Identifier: MIT
-- The C half of a module of neap_net.so, which lies beside neap.so and is loaded on first use, for it brings TLS and
-- the server along: require "neap.base.net" "signer" → what luaopen_neap_signer_c makes.
return function(name)
  local module = "neap." .. name .. "_c"
  if not package.loaded[module] and not package.preload[module] then -- an interpreter may have it linked in
    local path, places = package.searchpath("neap_net", package.cpath)
    if not path then error("there is no neap_net.so beside neap.so:" .. places, 0) end
    package.preload[module] = assert(package.loadlib(path, "luaopen_neap_" .. name .. "_c"))
  end
  return require(module)
end
