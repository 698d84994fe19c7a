-- SPDX-License-Identifier: MIT
-- What the venue's stream says, decoded into figures.
return require "neap.base.net" "frames"
