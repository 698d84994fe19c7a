-- SPDX-License-Identifier: MIT
-- Spot trading with the wide limits of development. Data only: this file runs in an empty environment.
return {
  doc = "Spot trading with the wide limits of development.",
  risk_file = "config/risk/dev_dynamic.json",
}
