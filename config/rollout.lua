-- SPDX-License-Identifier: MIT
-- How a session goes from `live` to `advanced`, stage by stage: what each stage sets, and what evidence lets the next
-- one start (neap engine rollout). Counted from the moment at which the stage came into force. Data only.
return {
  stages = {
    { name = "shadow", doc = "live serves, advanced is asked beside it",
      set = { enable_shadow_engine = "true", advanced_share = "0", advanced_products = "" } },
    { name = "tenth", doc = "one order in ten",
      set = { enable_shadow_engine = "true", advanced_share = "0.1", advanced_products = "" } },
    { name = "half", doc = "every other order",
      set = { enable_shadow_engine = "true", advanced_share = "0.5", advanced_products = "" } },
    { name = "all", doc = "every order; the shadow may go",
      set = { enable_shadow_engine = "false", advanced_share = "1", advanced_products = "" } },
  },
  gate = {
    orders = 50,       -- at least: that the stage is about, decided by both engines or served by advanced
    hours = 24,        -- at least, of the session's time
    guard_trips = 0,   -- at most: more leads back
    unknown = 0,       -- at most: differences that no check explains
    rejected = "0.05", -- at most: share of the orders of advanced that the venue refused
  },
}
