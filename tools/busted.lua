-- SPDX-License-Identifier: MIT
-- busted's own runner, for an interpreter of our choice: its /usr/bin script asks for a `lua` that may not be there.
require "busted.runner" { standalone = false }
