-- SPDX-License-Identifier: MIT
-- The local Coinbase without its sockets: see docs/reference/venue.md.
return require "neap.base.net" "venue"
