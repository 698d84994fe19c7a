-- SPDX-License-Identifier: MIT
-- Staging: production's risk file, for the rehearsal before it. Data only: this file runs in an empty environment.
return {
  doc = "Staging: production's limits and flags, for the rehearsal before it.",
  risk_file = "config/risk/prod.json",
}
