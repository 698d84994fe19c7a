-- SPDX-License-Identifier: MIT
-- What luacheck goes by: Lua 5.4 everywhere, busted's words in the specs.
std = "lua54"
max_line_length = 120
exclude_files = { "build" }
files["spec"] = { std = "lua54+busted" }
