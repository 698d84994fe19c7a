-- SPDX-License-Identifier: MIT
-- Spot trading with the wide limits of development, without leverage whatever else is said. Data only: this file runs
-- in an empty environment.
return {
  doc = "Spot trading with the wide limits of development; leverage is locked to 1.",
  risk_file = "config/risk/dev_dynamic.json",
  risk = { max_leverage = 1 },
  locks = { "max_leverage" },
}
