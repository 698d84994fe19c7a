-- SPDX-License-Identifier: MIT
-- The directory of Neap: it holds lua/neap/base/root.lua, config/ and strategies/.
return (package.searchpath("neap.base.root", package.path) or ""):match "^(.+)/lua/neap/base/root%.lua$" or "."
